/**
 * The employee's desk as a panel on every page, and the admin page in the settings.
 *
 * Both are pages of our own backend in an iframe. This file asks the backend for a short-lived address, with the
 * user's disposable token, and shows it; it knows nothing of tasks.
 */
define(['jquery'], function ($) {
  'use strict';

  /** Where the pages come from; building the widget writes it in. */
  const BACKEND = '%BACKEND%';
  const ORIGIN = new URL(BACKEND).origin;
  const PANEL = 'workplaces-desk';
  const FOLDED = 'workplaces-desk-folded';
  /** Milliseconds. A page that says it has expired sooner than FRESH is tried again with patience. */
  const FIRST_PAUSE = 5000;
  const LONGEST_PAUSE = 300000;
  const FRESH = 60000;
  const CARDS = ['leads', 'contacts', 'companies'];

  /** @typedef {'desk' | 'admin'} View */
  /** @typedef {{ url: string, expires_in?: number }} Session `expires_in` in seconds. */
  /** @typedef {{ workplaces: string, entity?: string, id?: string | number }} Message */
  /** @typedef {{ ask: () => void, tell: () => void, stop: () => void, holder: HTMLElement }} Frame */

  /**
   * @param {string} tag
   * @param {string} className
   * @param {string} [text]
   * @returns {HTMLElement}
   */
  function element(tag, className, text) {
    const made = document.createElement(tag);
    made.className = className;
    if (text) {
      made.textContent = text;
    }
    return made;
  }

  /**
   * Tells whether an address may go into the iframe: a page of our backend, which is https.
   *
   * @param {unknown} url
   * @returns {boolean}
   */
  function isOurs(url) {
    try {
      return new URL(String(url)).origin === ORIGIN;
    } catch (error) {
      return false;
    }
  }

  /**
   * Which card is open, for the page in the iframe to know; null on every other page.
   *
   * @returns {{ entity: string, id: string } | null}
   */
  function openCard() {
    const app = window.APP;
    if (!app || typeof app.isCard !== 'function' || !app.isCard()) {
      return null;
    }
    const card = app.data && app.data.current_card;
    return card && card.id ? { entity: String(app.getBaseEntity()), id: String(card.id) } : null;
  }

  /**
   * Opens a card, when the page in the iframe asks for it. Only a kind of card and a number are taken from there.
   *
   * @param {Message} message
   */
  function goToCard(message) {
    const id = String(message.id);
    if (CARDS.indexOf(String(message.entity)) < 0 || !/^[0-9]{1,15}$/.test(id)) {
      return;
    }
    const path = '/' + message.entity + '/detail/' + id;
    const router = window.APP && window.APP.router;
    if (router && typeof router.navigate === 'function') {
      router.navigate(path, { trigger: true });
    } else {
      window.location.assign(path);
    }
  }

  /**
   * A page of the backend in an iframe: asks for its address, renews it, and says so when it cannot be had.
   *
   * @param {any} widget the object of the widget that amoCRM made
   * @param {HTMLElement} holder
   * @param {View} view
   * @param {Record<string, string>} words
   * @returns {Frame}
   */
  function createFrame(widget, holder, view, words) {
    let stopped = false;
    let asking = false;
    let shownAt = 0;
    let pauses = 0;
    /** @type {number | undefined} */
    let timer;
    /** @type {HTMLIFrameElement | null} */
    let iframe = null;

    /** @param {'loading' | 'offline' | 'no_access'} state */
    function say(state) {
      const text = element('p', 'workplaces-state', words[state]);
      text.setAttribute('role', 'status');
      iframe = null;
      holder.replaceChildren(text);
      if (state !== 'loading') {
        const again = element('button', 'workplaces-again', words.again);
        again.addEventListener('click', ask);
        holder.appendChild(again);
      }
    }

    /** @param {number} milliseconds */
    function askIn(milliseconds) {
      clearTimeout(timer);
      timer = setTimeout(ask, milliseconds);
    }

    function askLater() {
      askIn(Math.min(FIRST_PAUSE * Math.pow(2, pauses), LONGEST_PAUSE));
      pauses += 1;
    }

    function ask() {
      if (asking) {
        return;
      }
      asking = true;
      clearTimeout(timer);
      if (!iframe) {
        say('loading');
      }
      widget
        .$authorizedAjax({
          url: BACKEND + '/amocrm/widget/session',
          method: 'POST',
          contentType: 'application/json',
          data: JSON.stringify({ view: view }),
          dataType: 'json',
          timeout: 15000,
        })
        .done(answered)
        .fail(failed);
    }

    /** @param {Session} session */
    function answered(session) {
      asking = false;
      if (stopped) {
        return;
      }
      if (!session || !isOurs(session.url)) {
        say('no_access');
        return;
      }
      show(session.url);
      if (typeof session.expires_in === 'number' && session.expires_in > 0) {
        pauses = 0;
        askIn(Math.max(session.expires_in * 1000, FRESH));
      }
    }

    /** @param {{ status?: number }} failure */
    function failed(failure) {
      asking = false;
      if (stopped) {
        return;
      }
      const status = (failure && failure.status) || 0;
      if (status === 401 || status === 403) {
        say('no_access');
        return;
      }
      // A page that is open goes on working, or says itself that it cannot.
      if (!iframe) {
        say('offline');
      }
      askLater();
    }

    /** @param {string} url */
    function show(url) {
      shownAt = Date.now();
      const page = /** @type {HTMLIFrameElement} */ (document.createElement('iframe'));
      page.title = view === 'admin' ? words.admin_title : words.title;
      page.setAttribute('referrerpolicy', 'no-referrer');
      page.setAttribute(
        'sandbox',
        'allow-scripts allow-same-origin allow-forms allow-popups allow-top-navigation-by-user-activation',
      );
      page.addEventListener('load', tell);
      page.src = url;
      iframe = page;
      holder.replaceChildren(page);
    }

    /** Tells the page in the iframe which card is open. */
    function tell() {
      if (iframe && iframe.contentWindow) {
        iframe.contentWindow.postMessage({ workplaces: 'page', card: openCard() }, ORIGIN);
      }
    }

    /** @param {MessageEvent<Message>} event */
    function heard(event) {
      if (!iframe || event.origin !== ORIGIN || event.source !== iframe.contentWindow || !event.data) {
        return;
      }
      if (event.data.workplaces === 'open') {
        goToCard(event.data);
      } else if (event.data.workplaces === 'expired') {
        expired();
      }
    }

    function expired() {
      if (Date.now() - shownAt < FRESH) {
        askLater();
        return;
      }
      pauses = 0;
      ask();
    }

    /** Back on the net: no reason to wait any longer. */
    function online() {
      if (!iframe) {
        ask();
      }
    }

    function stop() {
      stopped = true;
      clearTimeout(timer);
      window.removeEventListener('message', heard);
      window.removeEventListener('online', online);
      holder.replaceChildren();
      iframe = null;
    }

    window.addEventListener('message', heard);
    window.addEventListener('online', online);
    return { ask: ask, tell: tell, stop: stop, holder: holder };
  }

  /** @returns {boolean} */
  function wasFolded() {
    try {
      return window.localStorage.getItem(FOLDED) === '1';
    } catch (error) {
      return false;
    }
  }

  /** @param {boolean} folded */
  function rememberFolded(folded) {
    try {
      window.localStorage.setItem(FOLDED, folded ? '1' : '0');
    } catch (error) {
      // A browser that keeps nothing shows the panel unfolded next time.
    }
  }

  /**
   * The panel with the desk. While it is folded the desk is not asked for.
   *
   * @param {any} widget
   * @param {Record<string, string>} words
   */
  function createPanel(widget, words) {
    const root = element('div', '');
    root.id = PANEL;
    root.setAttribute('role', 'complementary');
    root.setAttribute('aria-label', words.title);
    const bar = element('button', 'workplaces-bar', words.title);
    bar.setAttribute('type', 'button');
    const holder = element('div', 'workplaces-frame');
    root.appendChild(bar);
    root.appendChild(holder);
    const frame = createFrame(widget, holder, 'desk', words);
    let folded = wasFolded();
    let asked = false;

    function draw() {
      root.className = folded ? 'workplaces-folded' : '';
      bar.setAttribute('aria-expanded', String(!folded));
      bar.setAttribute('title', folded ? words.show : words.hide);
      if (!folded && !asked) {
        asked = true;
        frame.ask();
      }
    }

    bar.addEventListener('click', function () {
      folded = !folded;
      rememberFolded(folded);
      draw();
    });

    return {
      /** Puts the panel on the page. A page that threw it out also ended its iframe, so the desk is asked for anew. */
      attach: function () {
        if (document.body.contains(root)) {
          frame.tell();
          return;
        }
        asked = false;
        document.body.appendChild(root);
        draw();
      },
      stop: function () {
        frame.stop();
        root.remove();
      },
    };
  }

  /** @param {any} widget @returns {HTMLElement} */
  function stylesheet(widget) {
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = widget.params.path + '/style.css?v=' + widget.get_version();
    return link;
  }

  return function () {
    const self = this;
    /** @type {ReturnType<typeof createPanel> | null} */
    let panel = null;
    /** @type {Frame | null} */
    let admin = null;
    /** @type {HTMLElement | null} */
    let styles = null;

    function addStyles() {
      if (!styles) {
        styles = stylesheet(self);
        document.head.appendChild(styles);
      }
    }

    function leaveAdmin() {
      if (admin) {
        admin.stop();
        admin = null;
      }
    }

    function pageChanged() {
      if (panel) {
        panel.attach();
      }
      if (admin && !document.body.contains(admin.holder)) {
        leaveAdmin();
      }
    }

    this.callbacks = {
      render: function () {
        return true;
      },

      init: function () {
        if (!panel && !document.getElementById(PANEL)) {
          addStyles();
          panel = createPanel(self, self.i18n('desk'));
          panel.attach();
        }
        return true;
      },

      bind_actions: function () {
        $(document).off('page:changed', pageChanged).on('page:changed', pageChanged);
        return true;
      },

      settings: function () {
        return true;
      },

      onSave: function () {
        return true;
      },

      destroy: function () {
        $(document).off('page:changed', pageChanged);
        leaveAdmin();
        if (panel) {
          panel.stop();
          panel = null;
        }
        if (styles) {
          styles.remove();
          styles = null;
        }
      },

      advancedSettings: function () {
        const page = document.getElementById('list_page_holder');
        if (page) {
          leaveAdmin();
          addStyles();
          const holder = element('div', 'workplaces-frame workplaces-admin');
          page.replaceChildren(holder);
          admin = createFrame(self, holder, 'admin', self.i18n('desk'));
          admin.ask();
        }
        return true;
      },
    };

    return this;
  };
});
