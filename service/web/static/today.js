// Today follows the service: a small question every few seconds, and the page is renewed when the answer differs.
(() => {
  const SOON_MS = 700; // what the page was loaded for may just be being worked out
  const EVERY_MS = 3000;
  const NEWS_MS = 10000; // after that, a word about what was pressed is no news
  const AFTER_FAILURE_MS = 15000;
  const main = document.getElementById("main");
  // Where the phone is: in another zone than the runner's, Today asks whose hours count.
  const zone = `?${new URLSearchParams({ zone: Intl.DateTimeFormat().resolvedOptions().timeZone || "" })}`;
  let timer = 0;

  async function ask() {
    const answer = await fetch(main.dataset.stateUrl + zone, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (answer.status === 401) return stop();
    if (!answer.ok) throw new Error(answer.status);
    const { version } = await answer.json();
    if (version !== main.dataset.version) await renew();
  }

  async function renew() {
    const answer = await fetch(location.pathname + zone, { cache: "no-store" });
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("main");
    const live = page.getElementById("live");
    if (!fresh || !live) throw new Error("not the page");
    const before = main.dataset.state;
    const headline = text("now");
    const focused = document.activeElement && document.activeElement.id;
    document.getElementById("live").replaceWith(document.adoptNode(live));
    if (performance.now() > NEWS_MS) document.querySelectorAll("#flashes .flash--ok").forEach((old) => old.remove());
    Object.assign(main.dataset, { state: fresh.dataset.state, version: fresh.dataset.version });
    const back = focused && document.getElementById(focused);
    if (back) back.focus({ preventScroll: true });
    if (before !== main.dataset.state || headline !== text("now")) {
      document.getElementById("news").textContent = `${main.dataset.news} ${text("now")}`;
    }
  }

  function text(id) {
    const element = document.getElementById(id);
    return element ? element.textContent.trim() : "";
  }

  function stop() {
    clearTimeout(timer);
    timer = -1;
  }

  function again(ms) {
    if (timer === -1) return;
    clearTimeout(timer);
    timer = setTimeout(tick, ms);
  }

  function tick() {
    if (document.hidden) return;
    ask().then(() => again(EVERY_MS), () => again(AFTER_FAILURE_MS));
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) again(0);
  });
  again(SOON_MS);
})();
