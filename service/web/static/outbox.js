// Results wait here until the service has answered: sent at once, when the phone is back online, and every half minute.

const OUTBOX = "afterrun-outbox";
const PLAY = "afterrun-play-";
const EVERY_MS = 30_000;
const PATIENCE_MS = 20_000;
const IDLE_MS = 45 * 60_000; // a session that nobody touches ends by itself
const FINAL = [400, 403, 404, 405, 410, 413, 415, 422]; // asking again would bring the same answer

const memory = new Map(); // for a private window without storage: as long as the page lasts

export const storage = {
  works: true,
  get(key) {
    try {
      return JSON.parse(localStorage.getItem(key)) ?? memory.get(key);
    } catch {
      return memory.get(key);
    }
  },
  put(key, value) {
    try {
      localStorage.setItem(key, JSON.stringify(value));
    } catch {
      storage.works = false;
      memory.set(key, value);
    }
  },
  drop(key) {
    memory.delete(key);
    try {
      localStorage.removeItem(key);
    } catch {
      storage.works = false;
    }
  },
  keys() {
    try {
      return [...Object.keys(localStorage), ...memory.keys()];
    } catch {
      return [...memory.keys()];
    }
  },
};

export const playKey = (sessionId) => `${PLAY}${sessionId}`;

export const waiting = () => storage.get(OUTBOX) || [];

/** Whether anything was done or said that the service should know. */
export const isTold = ({ sets, skips, pain }) => sets.length > 0 || skips.length > 0 || pain !== null;

/** How a session ended that came to its end. */
export const endOf = (play) => (play.stopped ? "stopped" : "done");

/** A session is over: its result waits to be sent, and there is nothing left to go on with. */
export function post(play, ended, at = Date.now()) {
  const body = { ...play.body, ended, ended_at: new Date(at).toISOString() };
  const isSame = (one) => one.body.play_id === body.play_id;
  const fuller = waiting().find((one) => isSame(one) && one.body.sets.length > body.sets.length); // of another tab
  storage.put(OUTBOX, [...waiting().filter((one) => !isSame(one)), fuller ?? { url: play.url, body }]);
  storage.drop(playKey(body.session_id));
}

/** Sessions that were left open, in this tab or another that is gone. One that tells nothing was none. */
function settle() {
  for (const key of storage.keys().filter((one) => one.startsWith(PLAY))) {
    const play = storage.get(key);
    if (!play?.body || Date.now() - play.touched < IDLE_MS) continue;
    if (isTold(play.body)) post(play, play.phase === "end" ? endOf(play) : "idle", play.touched);
    else storage.drop(key);
    document.dispatchEvent(new CustomEvent("afterrun:idle", { detail: play.body.session_id }));
  }
}

async function ask({ url, body }) {
  const csrf = document.querySelector("meta[name=csrf-token]")?.content || "";
  const answer = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": csrf },
    body: JSON.stringify(body),
    redirect: "error",
    signal: AbortSignal.timeout?.(PATIENCE_MS),
  });
  const said = await answer.json().catch(() => ({}));
  const stored = answer.ok && !!said.state; // the sign-in page of a hotel's network is no answer of ours
  const final = stored || (FINAL.includes(answer.status) && !!said.error);
  return { ...said, final, stored, status: answer.status };
}

let sending;

/** Send what waits, oldest first. Each answer is told to the page: afterrun:answer with the result's play_id. */
export function flush() {
  sending ||= (async () => {
    const tried = new Set();
    const untried = () => waiting().find((one) => !tried.has(one.body.play_id));
    for (let entry = untried(); entry; entry = untried()) {
      tried.add(entry.body.play_id);
      const said = await ask(entry).catch(() => ({ final: false, status: 0 }));
      const isSent = ({ body }) => body.play_id === entry.body.play_id && body.sets.length <= entry.body.sets.length;
      if (said.final) storage.put(OUTBOX, waiting().filter((one) => !isSent(one)));
      tell({ ...said, play_id: entry.body.play_id });
      if (!said.status) break; // no connection: the others would not get through either
    }
    if (!waiting().length) storage.drop(OUTBOX);
  })().finally(() => (sending = undefined));
  return sending;
}

function tell(said) {
  document.dispatchEvent(new CustomEvent("afterrun:answer", { detail: said }));
  const note = document.getElementById("outbox");
  if (!note) return;
  note.hidden = said.stored;
  note.textContent = (said.final && said.error) || note.dataset.waits;
}

/** Signing out empties the phone: what waits is sent first, and the runner is asked about what could not be. */
async function leave(event) {
  const form = event.target;
  if (event.defaultPrevented || !form.matches('[action$="/logout"]') || !waiting().length) return;
  event.preventDefault();
  await flush();
  const { lost } = document.getElementById("outbox")?.dataset ?? {};
  if (!waiting().length || !lost || confirm(lost)) form.submit();
  else delete form.dataset.sent;
}

settle();
flush();
addEventListener("online", flush);
document.addEventListener("submit", leave);
setInterval(() => {
  settle();
  flush();
}, EVERY_MS);
