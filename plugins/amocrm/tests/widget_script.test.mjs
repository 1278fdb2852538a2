// What the built script.js does inside amoCRM, on a page, a clock and a CRM that are made up here.
// Run by test_widget_script.py, which puts the path of the script into WIDGET_SCRIPT.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import vm from 'node:vm';

const SCRIPT = readFileSync(process.env.WIDGET_SCRIPT, 'utf8');
const BACKEND = 'https://desk.example.ru/места';
const ORIGIN = new URL(BACKEND).origin;
const WORDS = {
  title: 'Рабочее место', admin_title: 'Настройки', show: 'Показать', hide: 'Свернуть', loading: 'Открываем…',
  offline: 'Нет связи', no_access: 'Нет доступа', again: 'Попробовать снова',
};

class Listeners {
  constructor() { this.listeners = {}; }
  addEventListener(name, listener) { (this.listeners[name] ??= []).push(listener); }
  removeEventListener(name, listener) {
    this.listeners[name] = (this.listeners[name] ?? []).filter((each) => each !== listener);
  }
  fire(name, event = {}) { [...(this.listeners[name] ?? [])].forEach((listener) => listener(event)); }
  listening() { return Object.values(this.listeners).flat().length; }
}

class Element extends Listeners {
  constructor(tag) {
    super();
    Object.assign(this, { tag, children: [], parent: null, attributes: {}, className: '', textContent: '', id: '' });
    if (tag === 'iframe') this.contentWindow = { told: [], postMessage(data, to) { this.told.push([data, to]); } };
  }
  setAttribute(name, value) { this.attributes[name] = value; }
  appendChild(child) { child.remove(); child.parent = this; this.children.push(child); return child; }
  replaceChildren(...children) { [...this.children].forEach((child) => child.remove()); children.forEach((c) => this.appendChild(c)); }
  remove() { if (this.parent) this.parent.children = this.parent.children.filter((each) => each !== this); this.parent = null; }
  contains(other) { return this === other || this.children.some((child) => child.contains(other)); }
  all(match) { return [...(match(this) ? [this] : []), ...this.children.flatMap((child) => child.all(match))]; }
}

/** A browser with amoCRM in it. `answers` are what the backend says, one after another; the last one stays. */
function world({ answers = [{ url: `${ORIGIN}/desk#1` }], folded = null, app, storage = true } = {}) {
  const body = new Element('body'), head = new Element('head');
  const document = {
    body, head,
    createElement: (tag) => new Element(tag),
    getElementById: (id) => body.all((each) => each.id === id)[0] ?? null,
  };
  const kept = { 'workplaces-desk-folded': folded };
  const window = Object.assign(new Listeners(), {
    APP: app,
    location: { went: [], assign(path) { this.went.push(path); } },
    localStorage: storage
      ? { getItem: (key) => kept[key] ?? null, setItem: (key, value) => { kept[key] = value; } }
      : { getItem() { throw new Error('denied'); }, setItem() { throw new Error('denied'); } },
  });
  const clock = { now: 1_000_000, timers: [] };
  const bus = [];
  const $ = () => ({
    on(name, listener) { bus.push([name, listener]); return this; },
    off(name, listener) { for (let i = bus.length; i--;) if (bus[i][0] === name && bus[i][1] === listener) bus.splice(i, 1); return this; },
  });
  const asked = [];
  const self = {
    params: { path: '/widgets/desk' },
    get_version: () => '1.2.3',
    i18n: (section) => (section === 'desk' ? WORDS : undefined),
    $authorizedAjax(request) {
      asked.push(request);
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      const promise = { done(then) { if (answer.url !== undefined) then(answer); return promise; },
                        fail(then) { if (answer.status !== undefined) then(answer); return promise; } };
      return promise;
    },
  };
  class FakeDate extends Date { static now() { return clock.now; } }
  let made;
  vm.runInNewContext(SCRIPT, {
    define: (needs, make) => { assert.deepEqual([...needs], ['jquery']); made = make($); },
    document, window, URL, JSON, Math, String, Date: FakeDate,
    setTimeout: (run, after) => clock.timers.push({ run, at: clock.now + after }),
    clearTimeout: (id) => { if (id) clock.timers[id - 1].run = null; },
  });
  made.call(self);
  return {
    self, window, document, clock, bus, asked, kept, calls: self.callbacks,
    start() { self.callbacks.render(); self.callbacks.bind_actions(); self.callbacks.init(); return this; },
    turnPage() { bus.filter(([name]) => name === 'page:changed').forEach(([, listener]) => listener()); },
    pass(milliseconds) {
      const until = clock.now + milliseconds;
      for (;;) {
        const next = clock.timers.filter((timer) => timer.run && timer.at <= until).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        clock.now = next.at; const { run } = next; next.run = null; assert.ok(clock.timers.length < 2000); run();
      }
      clock.now = until;
    },
    waiting: () => clock.timers.filter((timer) => timer.run).length,
    panels: () => body.all((each) => each.id === 'workplaces-desk'),
    frames: () => body.all((each) => each.tag === 'iframe'),
    text: () => body.all((each) => each.className === 'workplaces-state').map((each) => each.textContent),
    again: () => body.all((each) => each.className === 'workplaces-again')[0],
    bar: () => body.all((each) => each.className === 'workplaces-bar')[0],
    say(data, { origin = ORIGIN, source } = {}) {
      window.fire('message', { origin, data, source: source ?? this.frames()[0]?.contentWindow });
    },
  };
}

test('every callback that amoCRM waits for returns true', () => {
  const page = world();
  for (const name of ['render', 'bind_actions', 'init', 'settings', 'onSave', 'advancedSettings']) {
    assert.equal(page.calls[name](), true, name);
  }
});

test('there is one panel, and one question, however many pages are turned', () => {
  const page = world().start();
  for (let turn = 0; turn < 50; turn += 1) page.turnPage();
  page.calls.init();
  page.calls.bind_actions();
  assert.equal(page.panels().length, 1);
  assert.equal(page.asked.length, 1);
  assert.equal(page.bus.length, 1);
  assert.equal(page.document.head.children.length, 1);
});

test('a second widget object does not add a second panel', () => {
  const page = world().start();
  const panels = page.panels().length;
  const other = world();
  other.document.body.appendChild(Object.assign(new Element('div'), { id: 'workplaces-desk' }));
  other.start();
  assert.equal(panels, 1);
  assert.equal(other.panels().length, 1);
});

test('the backend is asked by the authorised call, and its address goes into the iframe', () => {
  const page = world().start();
  const [request] = page.asked;
  assert.equal(request.url, `${BACKEND}/amocrm/widget/session`);
  assert.equal(request.method, 'POST');
  assert.notEqual(request.async, false);
  assert.deepEqual(JSON.parse(request.data), { view: 'desk' });
  assert.equal(page.frames()[0].src, `${ORIGIN}/desk#1`);
  assert.equal(page.frames()[0].attributes.referrerpolicy, 'no-referrer');
  assert.equal(page.frames()[0].title, 'Рабочее место');
});

for (const url of ['http://desk.example.ru/desk', 'https://elsewhere.example/desk', 'javascript:1', 'desk', null, 7]) {
  test(`an address that is not ours is not opened: ${url}`, () => {
    const page = world({ answers: [{ url }] }).start();
    assert.equal(page.frames().length, 0);
    assert.deepEqual(page.text(), ['Нет доступа']);
  });
}

test('a session with an end is renewed at its end', () => {
  const page = world({ answers: [{ url: `${ORIGIN}/a`, expires_in: 900 }, { url: `${ORIGIN}/b` }] }).start();
  page.pass(899_000);
  assert.equal(page.frames()[0].src, `${ORIGIN}/a`);
  page.pass(1000);
  assert.equal(page.frames()[0].src, `${ORIGIN}/b`);
  assert.equal(page.frames().length, 1);
  page.pass(10_000_000);
  assert.equal(page.asked.length, 2);
});

test('a session that ends at once is not asked for more than once a minute', () => {
  const page = world({ answers: [{ url: `${ORIGIN}/a`, expires_in: 0.001 }] }).start();
  page.pass(600_000);
  assert.ok(page.asked.length <= 11, String(page.asked.length));
});

test('a page that says it has expired is renewed', () => {
  const page = world({ answers: [{ url: `${ORIGIN}/a` }, { url: `${ORIGIN}/b` }] }).start();
  page.pass(3_600_000);
  page.say({ workplaces: 'expired' });
  assert.equal(page.frames()[0].src, `${ORIGIN}/b`);
});

test('a page that keeps saying so is asked for more and more rarely', () => {
  const page = world().start();
  for (let second = 0; second < 600; second += 1) {
    page.say({ workplaces: 'expired' });
    page.pass(1000);
  }
  assert.ok(page.asked.length <= 12, String(page.asked.length));
});

test('only our own page in the iframe is listened to', () => {
  const page = world().start();
  page.pass(3_600_000);
  page.say({ workplaces: 'expired' }, { origin: 'https://elsewhere.example' });
  page.say({ workplaces: 'expired' }, { source: {} });
  page.say(null);
  page.say('expired');
  assert.equal(page.asked.length, 1);
});

test('without a connection it says so, and tries again by itself, ever more rarely', () => {
  const page = world({ answers: [{ status: 0 }] }).start();
  assert.deepEqual(page.text(), ['Нет связи']);
  page.pass(5000);
  assert.equal(page.asked.length, 2);
  page.pass(9999);
  assert.equal(page.asked.length, 2);
  page.pass(1);
  assert.equal(page.asked.length, 3);
  page.pass(3_600_000);
  assert.ok(page.asked.length < 22, String(page.asked.length));
});

test('back on the net it asks at once', () => {
  const page = world({ answers: [{ status: 0 }, { url: `${ORIGIN}/a` }] }).start();
  page.window.fire('online');
  assert.equal(page.frames()[0].src, `${ORIGIN}/a`);
  assert.deepEqual(page.text(), []);
});

test('a desk that is open stays open when a renewal fails, and is renewed later', () => {
  const answers = [{ url: `${ORIGIN}/a`, expires_in: 900 }, { status: 502 }, { url: `${ORIGIN}/b` }];
  const page = world({ answers }).start();
  page.pass(900_000);
  assert.equal(page.frames()[0].src, `${ORIGIN}/a`);
  page.pass(5000);
  assert.equal(page.frames()[0].src, `${ORIGIN}/b`);
});

for (const status of [401, 403]) {
  test(`without access (${status}) it says so and waits for the user`, () => {
    const page = world({ answers: [{ status }, { url: `${ORIGIN}/a` }] }).start();
    page.pass(86_400_000);
    assert.deepEqual(page.text(), ['Нет доступа']);
    assert.equal(page.asked.length, 1);
    page.again().fire('click');
    assert.equal(page.frames()[0].src, `${ORIGIN}/a`);
  });
}

test('a folded panel stays folded on the next visit, and asks for nothing until it is opened', () => {
  const page = world({ folded: '1' }).start();
  assert.equal(page.asked.length, 0);
  assert.equal(page.panels()[0].className, 'workplaces-folded');
  page.bar().fire('click');
  assert.equal(page.asked.length, 1);
  assert.equal(page.kept['workplaces-desk-folded'], '0');
  page.bar().fire('click');
  page.bar().fire('click');
  assert.equal(page.asked.length, 1);
});

test('a browser that keeps nothing shows the panel all the same', () => {
  const page = world({ storage: false }).start();
  page.bar().fire('click');
  assert.equal(page.panels()[0].className, 'workplaces-folded');
});

test('a page that threw the panel out gets it back, with a new session', () => {
  const page = world({ answers: [{ url: `${ORIGIN}/a` }, { url: `${ORIGIN}/b` }] }).start();
  page.panels()[0].remove();
  page.turnPage();
  assert.equal(page.panels().length, 1);
  assert.equal(page.frames()[0].src, `${ORIGIN}/b`);
});

test('the desk is told which card is open', () => {
  const app = { isCard: () => true, getBaseEntity: () => 'leads', data: { current_card: { id: 19619 } } };
  const page = world({ app }).start();
  page.frames()[0].fire('load');
  app.isCard = () => false;
  page.turnPage();
  const told = JSON.parse(JSON.stringify(page.frames()[0].contentWindow.told));
  assert.deepEqual(told, [
    [{ workplaces: 'page', card: { entity: 'leads', id: '19619' } }, ORIGIN],
    [{ workplaces: 'page', card: null }, ORIGIN],
  ]);
});

test('the desk may open a card, and nothing else', () => {
  const page = world().start();
  page.say({ workplaces: 'open', entity: 'leads', id: 19619 });
  page.say({ workplaces: 'open', entity: 'leads', id: '1/../../settings' });
  page.say({ workplaces: 'open', entity: '//elsewhere.example', id: 1 });
  page.say({ workplaces: 'open', entity: 'users', id: 1 });
  assert.deepEqual(page.window.location.went, ['/leads/detail/19619']);
});

test('a card is opened by the router of the CRM where there is one', () => {
  const went = [];
  const page = world({ app: { router: { navigate: (path) => went.push(path) } } }).start();
  page.say({ workplaces: 'open', entity: 'contacts', id: '7' });
  assert.deepEqual(went, ['/contacts/detail/7']);
  assert.deepEqual(page.window.location.went, []);
});

test('the admin page fills the place that amoCRM gives it, and ends when the page is left', () => {
  const page = world({ folded: '1', answers: [{ url: `${ORIGIN}/admin`, expires_in: 900 }] }).start();
  const place = page.document.body.appendChild(Object.assign(new Element('div'), { id: 'list_page_holder' }));
  page.calls.advancedSettings();
  assert.deepEqual(JSON.parse(page.asked[0].data), { view: 'admin' });
  assert.equal(place.all((each) => each.tag === 'iframe')[0].src, `${ORIGIN}/admin`);
  page.calls.advancedSettings();
  assert.equal(page.frames().length, 1);
  place.remove();
  page.turnPage();
  assert.equal(page.waiting(), 0);
});

test('destroy leaves nothing behind: no panel, no style, no listener, no timer', () => {
  const page = world({ answers: [{ url: `${ORIGIN}/a`, expires_in: 900 }] }).start();
  page.calls.destroy();
  assert.equal(page.panels().length, 0);
  assert.equal(page.document.head.children.length, 0);
  assert.equal(page.window.listening(), 0);
  assert.equal(page.bus.length, 0);
  assert.equal(page.waiting(), 0);
  page.calls.destroy();
});

test('an answer that comes after destroy shows nothing', () => {
  const page = world();
  let late;
  page.self.$authorizedAjax = () => ({ done(then) { late = then; return this; }, fail() { return this; } });
  page.start();
  page.calls.destroy();
  late({ url: `${ORIGIN}/a`, expires_in: 900 });
  assert.equal(page.frames().length, 0);
  assert.equal(page.waiting(), 0);
});

test('while an answer is awaited nothing more is asked', () => {
  const page = world();
  let asked = 0;
  page.self.$authorizedAjax = () => { asked += 1; return { done() { return this; }, fail() { return this; } }; };
  page.start();
  page.window.fire('online');
  page.panels()[0].remove();
  page.turnPage();
  assert.equal(asked, 1);
  assert.deepEqual(page.text(), ['Открываем…']);
});

test('after it was switched off and on again there is one panel', () => {
  const page = world().start();
  page.calls.destroy();
  page.start();
  assert.equal(page.panels().length, 1);
  assert.equal(page.frames().length, 1);
});

test('the script has nothing that amoCRM forbids', () => {
  for (const forbidden of ['eval(', 'alert(', 'confirm(', 'async: false', 'innerHTML', "'script'", 'console.log', 'new Function']) {
    assert.ok(!SCRIPT.includes(forbidden), forbidden);
  }
});
