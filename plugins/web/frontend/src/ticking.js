// The elements that move with the clock: <wp-now>, <wp-timer>, <wp-countdown>.

import { asDistance, asTimer, learn, serverNow } from "./clock.js";
import { say } from "./words.js";

/** Says what time it is on the server; shows nothing. */
class Now extends HTMLElement {
  connectedCallback() {
    learn(Date.parse(this.getAttribute("at") ?? ""));
  }
}

/** Shows something anew every so often while it is on the page. */
class Ticking extends HTMLElement {
  connectedCallback() {
    this.show();
    this.timer = setInterval(() => this.show(), 250);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  show() {}
}

/** How long ago `since` was; it never goes back. */
class Timer extends Ticking {
  shown = 0;

  show() {
    const since = Date.parse(this.getAttribute("since") ?? "");
    this.shown = Math.max(this.shown, Math.floor((serverNow() - since) / 1000));
    const text = asTimer(this.shown);
    if (this.textContent !== text) this.textContent = text;
    this.setAttribute("role", "timer");
  }
}

/** How far away `until` is; its paragraph becomes urgent when it is near. */
class Countdown extends Ticking {
  show() {
    const left = Date.parse(this.getAttribute("until") ?? "") - serverNow();
    const text = asDistance(left, say);
    if (this.textContent !== text) this.textContent = text;
    const place = this.closest("[data-soon-minutes]");
    const soon = Number(place?.getAttribute("data-soon-minutes")) * 60000;
    place?.classList.toggle("soon", left <= soon);
  }
}

/** For how many minutes something has lasted. */
class Minutes extends Ticking {
  show() {
    const minutes = Math.max(0, Math.floor((serverNow() - Date.parse(this.getAttribute("since") ?? "")) / 60000));
    const text = `${minutes} ${say("board.minutes")}`;
    if (this.textContent !== text) this.textContent = text;
  }
}

customElements.define("wp-minutes", Minutes);
customElements.define("wp-now", Now);
customElements.define("wp-timer", Timer);
customElements.define("wp-countdown", Countdown);
