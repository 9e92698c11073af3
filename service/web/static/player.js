// The guided session. A small machine: ready -> work -> switch -> work -> rest or change -> ... -> end -> sent.
// Its state is one object, written to the phone's storage at every step, so that a lock, a crash or a closed tab
// loses nothing. Time is counted here; the stage only shows it.

import { endOf, flush, isTold, playKey, post, storage, waiting } from "./outbox.js";
import { Senses } from "./senses.js";
import { Figure, fill, flash, press, put, ring, segments, show, tempo, tempoAt } from "./stage.js";
import { before, between, chosen, moment, next, repSeconds, seconds, secondsFrom, told, turns, wanted } from "./turns.js";

const script = JSON.parse(document.getElementById("script").textContent);
const KEY = playKey(script.session_id);
const VERSION = 1; // of what is stored: another one is not gone on with, but it is sent
const LOOKS = { ready: "rest", change: "rest" }; // the others look like themselves
const TIMED = ["ready", "work", "switch", "rest", "change"];
const GAP_MS = 2000; // a longer step of the clock: the phone slept
const BACK_MS = 2000; // this soon after its beginning, back means the set before
const ALERT_S = 3; // the last seconds of a pause tick
const MORE_MS = 10_000;

const senses = new Senses(script.language);
const say = (key, facts = {}) => fill(script.words[key], facts, script.language);
const $ = (id) => document.getElementById(id);
const open = () => document.querySelector("dialog[open]");

let play; // the session that is being played, as it is stored
let last = 0; // of the page's clock, ms
let figure;
let shown = {}; // what was last told to ear and storage

// --- the state ------------------------------------------------------------------------------

function begin() {
  play = {
    version: VERSION,
    url: script.play_url,
    phase: "ready",
    turn: null,
    elapsed: 0, // ms in this phase
    extra: 0, // ms that were added to it
    levels: {}, // by exercise: "easier" or "harder" than prescribed
    last: null, // the set that the question is about
    touched: Date.now(),
    body: {
      play_id: uuid(),
      session_id: script.session_id,
      started_at: new Date().toISOString(),
      ended_at: "",
      ended: "",
      sets: [],
      skips: [],
      feedback: "",
      pain: null,
    },
  };
  [play.turn] = turns(script, play);
  appear();
  enter("ready");
}

/** crypto.randomUUID is there over https only. */
function uuid() {
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const variant = "89ab"[parseInt(hex[16], 16) % 4];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}

function save() {
  storage.put(KEY, play);
}

function touch() {
  if (isOver()) return;
  play.touched = Date.now();
  save();
}

const move = (turn = play.turn) => chosen(script.items[turn.item], play);
const repMs = () => repSeconds(move()) * 1000;
const leftMs = () => seconds(script, play.phase) * 1000 + play.extra - play.elapsed;
const asked = () => play.body.sets.filter((row) => ["exercise", "level", "number"].every((key) => row[key] === play.last?.[key]));

function enter(phase, turn = play.turn) {
  Object.assign(play, { phase, turn, elapsed: 0, extra: 0 });
  save();
  draw();
  senses.cue(phase in LOOKS ? "rest" : phase);
  if (TIMED.includes(phase)) flash();
  senses.keepAwake(TIMED.includes(phase));
  tell(spoken());
}

/** On to what comes after a turn, or to the end. */
function on(from) {
  const turn = next(script, play, from);
  if (!turn) return enter("end");
  enter(between(from, turn), turn);
}

/** Note a set as it stands: the better of two on one level. Nothing done is no set, unless it hurt. */
function note(reps, hurt = false) {
  const { exercise, level } = move();
  const { number, side } = play.turn;
  const old = told(script, play, play.turn);
  const kept = old?.level === level ? old : { reps: 0, form: "", pain: null };
  const sets = play.body.sets.filter((row) => row !== old);
  if (reps > 0 || hurt || kept === old) sets.push({ ...kept, exercise, level, number, side, reps: Math.max(reps, kept.reps) });
  play.body.sets = sets;
  play.last = { exercise, level, number };
  play.touched = Date.now();
}

/** Of the set asked about; before the first, of the day. */
function notePain(pain) {
  for (const row of asked()) row.pain = pain;
  if (!asked().length) play.body.pain = pain;
  save();
  question();
}

const repsSoFar = () => Math.min(target(), Math.round(play.elapsed / repMs()));

/** What was begun of a set that is broken off. */
function noteSoFar() {
  if (play.phase === "work" && repsSoFar()) note(repsSoFar());
}

function setDone(reps, hurt = false) {
  note(reps, hurt);
  on(play.turn);
}

function finish(ended) {
  const isBad = ended === "pain" || play.body.pain >= script.pain.stop;
  post(play, ended);
  over(isBad ? "care" : "sent", "sending");
  flush();
}

/** There is nothing to keep. */
function leave() {
  storage.drop(KEY);
  play = undefined; // or pagehide would save it again
  location.assign(script.home_url);
}

const isOver = () => !play || ["sent", "care"].includes(play.phase);

function over(phase, outcome) {
  senses.keepAwake(false);
  play = { ...play, phase };
  draw();
  put("outcome", say(outcome));
  tell(`${$("title").textContent}. ${$("line").textContent}`);
}

/** What became of the result. */
document.addEventListener("afterrun:answer", ({ detail }) => {
  if (!isOver() || detail.play_id !== play?.body.play_id) return;
  const { stored, final, state, status, error, today_url: home } = detail;
  if (stored) put("outcome", say(state === "late" ? "late" : "stored"));
  else if (final) put("outcome", error || say("refused"));
  else put("outcome", say(status === 401 ? "sign_in" : "waits"));
  if (home) $("home").href = home;
});

// --- what the runner does -------------------------------------------------------------------

const actions = {
  start() {
    senses.unlock();
    begin();
  },
  primary: () => (play.phase === "work" ? setDone(repsSoFar()) : enter("work")),
  longer() {
    play.extra += MORE_MS;
    save();
    tell(say("longer"));
  },
  sheet(which) {
    if (which === "more") offer();
    if (which === "pain") painSheet();
    sheet(which);
  },
  resume: () => close(),
  stop() {
    close();
    noteSoFar();
    play.stopped = true;
    if (isTold(play.body)) enter("end");
    else leave();
  },
  back() {
    close();
    const isAtStart = play.phase !== "work" || play.elapsed < BACK_MS;
    enter("ready", (isAtStart && before(script, play, play.turn)) || play.turn);
  },
  skip(reason) {
    close();
    noteSoFar();
    const { exercise } = move();
    play.body.skips.push({ exercise, reason });
    on(play.turn);
  },
  later(exercise) {
    play.body.skips = play.body.skips.filter((skip) => skip.exercise !== exercise);
    const turn = turns(script, play).find((one) => script.items[one.item].exercise === exercise && !told(script, play, one));
    if (turn) enter("ready", turn);
    else draw();
  },
  level(which) {
    close();
    const { exercise } = move();
    play.levels[exercise] = which;
    const first = turns(script, play).find((one) => one.item === play.turn.item && one.number === play.turn.number);
    enter("ready", first || play.turn);
  },
  hurts() {
    close();
    if (play.phase === "work") setDone(repsSoFar(), true);
    painSheet();
    sheet("pain");
  },
  form(value) {
    for (const row of asked()) row.form = value;
    save();
    question();
  },
  reps(change) {
    const rows = asked();
    const same = rows.every((row) => row.reps === rows[0].reps);
    for (const row of same ? rows : rows.slice(-1)) row.reps = Math.min(script.reps_max, Math.max(0, row.reps + Number(change)));
    save();
    question();
  },
  pain(value) {
    const pain = Number(value);
    notePain(pain);
    if (pain < script.pain.ease) return close();
    painSheet(pain);
  },
  yes() {
    close();
    play.body.pain = asked().at(-1)?.pain ?? play.body.pain;
    finish("pain");
  },
  no() {
    notePain(null);
    painSheet();
  },
  feedback(value) {
    play.body.feedback = value;
    save();
    press("feedback", value);
  },
  knee(value) {
    play.body.pain = Number(value);
    save();
    press("knee", value);
  },
  send: () => finish(endOf(play)),
  sense(what, button) {
    button.setAttribute("aria-pressed", `${senses.toggle(what)}`);
    senses.unlock();
  },
};

document.addEventListener("click", ({ target: at }) => {
  const button = at.closest("[data-do]");
  if (button) actions[button.dataset.do](button.dataset.value, button);
  else if (play?.phase === "switch" && at.closest("#player") && !at.closest("a, button")) enter("work");
});

let tabbed = false; // through the controls: then space and enter are meant for the one that has the focus
document.addEventListener("pointerdown", () => (tabbed = false));

document.addEventListener("keydown", (event) => {
  tabbed ||= event.key === "Tab";
  if (!play || open() || event.ctrlKey || event.altKey || event.metaKey || !TIMED.includes(play.phase)) return;
  if (tabbed && document.activeElement.matches("a, button") && [" ", "Enter"].includes(event.key)) return;
  const meant = {
    " ": () => actions.sheet("paused"),
    Enter: actions.primary,
    ArrowRight: () => actions.sheet("more"),
    ArrowLeft: actions.back,
  };
  if (!meant[event.key] || event.repeat) return;
  event.preventDefault();
  meant[event.key]();
});

for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, touch);

document.addEventListener("visibilitychange", () => document.hidden && pause());
addEventListener("pagehide", () => play && TIMED.includes(play.phase) && save());

// --- sheets: while one is open, the clock stands still ----------------------------------------

function sheet(name) {
  close();
  if (name === "paused") put("paused-where", say("where", { move: named(), set: play.turn.number }));
  $(`sheet-${name}`).showModal();
}

function close() {
  open()?.close();
}

function pause() {
  if (!play || !TIMED.includes(play.phase)) return;
  save();
  if (!open()) sheet("paused");
}

/** What the sheet offers instead of the move: a level easier or harder, or as it was prescribed. */
function offer() {
  const item = script.items[play.turn.item];
  const now = play.levels[item.exercise];
  put("more-what", `${item.title}: ${inside(move().variant)}`);
  for (const which of ["easier", "harder"]) {
    const other = now ? (now === which ? null : item) : item[which];
    const button = $(which);
    button.hidden = !other;
    button.dataset.value = now ? "" : which;
    if (other) put(`${which}-name`, other.variant);
  }
}

function painSheet(pain = null) {
  press("pain", pain ?? asked().at(-1)?.pain);
  const isStrong = pain >= script.pain.stop;
  $("pain-ease").hidden = pain === null || isStrong;
  $("pain-strong").hidden = !isStrong;
  $("pain-on").hidden = isStrong;
  const { exercise } = play.last ?? move();
  const item = script.items.find((one) => one.exercise === exercise);
  const isStillOn = play.phase !== "end" && move().exercise === exercise;
  $("pain-easier").hidden = !(isStillOn && !play.levels[exercise] && item.easier);
  $("pain-skip").hidden = !isStillOn;
}

// --- what is shown --------------------------------------------------------------------------

function appear() {
  $("routine").hidden = true;
  $("player").hidden = false;
  last = performance.now();
  requestAnimationFrame(tick);
}

const inside = (text) => text.charAt(0).toLowerCase() + text.slice(1); // of a sentence
const named = () => `${move().title}, ${inside(move().side_names[play.turn.side])}`;
const target = () => wanted(script, play, play.turn);

function draw() {
  const { phase, turn } = play;
  shown = {};
  show(phase, LOOKS[phase] || phase);
  $("player").dataset.phase = phase;
  drawSegments();
  ({ work: drawWork, switch: drawSwitch, end: drawEnd, sent: drawOver, care: drawOver })[phase]?.();
  if (phase in LOOKS || phase === "rest") drawPause();
  if (TIMED.includes(phase)) put("primary", say(phase === "work" ? "set_done" : "start_now"));
  if (["rest", "change", "end"].includes(phase)) question();
  if (TIMED.includes(phase)) drawTime(turn);
  const at = document.activeElement;
  if (at === document.body || !at.offsetParent) $("title").focus({ preventScroll: true });
}

function drawSegments() {
  const all = turns(script, { ...play, body: { ...play.body, skips: [] } });
  segments(script.items.map((_, item) => all.filter((one) => one.item === item).map((one) => told(script, play, one))));
}

function drawn(slot, tone, moves) {
  const { figure: name, mirrored_for: side } = move();
  const facts = { name, tone, moves, mirrored: side === play.turn.side, label: named() };
  return new Figure($(slot), { ...facts, frames: script.frames[name] });
}

function drawWork() {
  const { title, side_names: sides, cues } = move();
  put("title", title);
  put("chip", sides[play.turn.side]);
  put("cue", cues.join(" "));
  put("of", say("of", { reps: target() }));
  tempo(move().tempo);
  figure = drawn("figure", "stage", true);
}

function drawSwitch() {
  put("title", say("switch"));
  put("line", move().places[play.turn.side]);
  put("chip", "");
  put("cue", say("by_itself"));
  drawn("figure", "light", false);
}

function drawPause() {
  const { phase, turn } = play;
  const { variant, needs, places } = move();
  const facts = { ready: [`${variant}.`, places[turn.side], needs], change: [`${variant}.`, places[turn.side]], rest: [places[turn.side]] };
  put("title", say(phase === "ready" ? "ready" : "rest"));
  put("next", phase === "ready" ? named() : say("next", { move: named() }));
  put("next-line", [say("reps", { reps: target() }), ...facts[phase]].filter(Boolean).join(" "));
  drawn("next-figure", "light", false).at(0.5);
}

function drawTime(turn) {
  const left = Math.max(1, Math.ceil((secondsFrom(script, play, turn) - (play.phase === "work" ? play.elapsed / 1000 : 0)) / 60));
  if (play.phase === "work") put("line", say("line", { set: turn.number, sets: move().sets, minutes: left }));
  else if (play.phase !== "switch") {
    put("chip", say("left", { minutes: left }));
    put("line", say(play.phase === "ready" ? "ready_line" : play.phase === "change" ? "change_line" : "rest_line"));
  }
}

/** How was the set? About both sides of it at once. */
function question() {
  const rows = asked();
  $("ask").hidden = !rows.length;
  if (!rows.length) return;
  const item = script.items.find((one) => one.exercise === play.last.exercise);
  put("ask-title", say("ask", { move: item.title }));
  put("ask-reps", rows.at(-1).reps);
  put("ask-unit", say("reps_unit", { reps: rows.at(-1).reps }));
  press("form", rows.at(-1).form);
  const { pain } = rows.at(-1);
  put("ask-pain", pain === null ? say("pain") : say("pain_of", { pain }));
}

function drawEnd() {
  put("title", say(play.stopped ? "stopped" : "end"));
  put("line", say("end_line"));
  put("chip", "");
  press("feedback", play.body.feedback);
  press("knee", play.body.pain);
  const rows = play.body.skips.map(({ exercise }) => {
    const row = document.createElement("li");
    const { title } = script.items.find((one) => one.exercise === exercise);
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn--secondary", textContent: say("do_now") });
    Object.assign(button.dataset, { do: "later", value: exercise });
    row.append(say("left_out", { move: title }), button);
    return row;
  });
  $("left-out").replaceChildren(...rows);
}

function drawOver() {
  const sets = play.body.sets.length;
  put("title", say(play.phase === "care" ? "care" : sets ? "sent" : "waiting"));
  put("line", play.phase === "care" ? say("care_line") : sets ? say("sets", { sets }) : "");
  put("chip", "");
}

const SPOKEN = { ready: "spoken_ready", work: "spoken_work", switch: "spoken_switch", rest: "spoken_rest", change: "spoken_next", end: "end" };

function spoken() {
  const { phase, turn } = play;
  const { side_names: sides, places, title } = move();
  return say(SPOKEN[phase], { move: title, side: sides[turn.side], place: places[turn.side], reps: target() });
}

/** To ear and screen reader alike. */
function tell(text) {
  put("news", text);
  senses.say(text);
}

// --- the clock ------------------------------------------------------------------------------

function tick(now) {
  const step = now - last;
  last = now;
  if (isOver()) return;
  requestAnimationFrame(tick);
  if (!TIMED.includes(play.phase) || open() || document.hidden) return;
  if (step > GAP_MS) return pause();
  play.elapsed += step;
  if (play.phase === "work") tickWork();
  else tickPause();
}

function tickWork() {
  const rep = Math.floor(play.elapsed / repMs());
  if (rep >= target()) return setDone(target());
  const { index, part, second, inside, moved } = moment(move(), (play.elapsed - rep * repMs()) / 1000);
  put("count", rep + 1);
  put("part", part.word);
  put("seconds", part.seconds >= 1 ? say("second_of", { second: Math.floor(second) + 1, seconds: part.seconds }) : "");
  tempoAt({ index, inside });
  figure.at(moved);
  if (shown.rep !== rep) {
    if (rep) senses.say(`${rep + 1}`);
    drawTime(play.turn);
    save();
  }
  if (shown.rep !== rep || shown.index !== index) senses.cue("tick");
  shown = { rep, index };
}

function tickPause() {
  const left = leftMs();
  if (left <= 0) return enter("work");
  const second = Math.ceil(left / 1000);
  put(play.phase === "switch" ? "count" : "ring-left", second);
  ring(Math.min(1, left / (seconds(script, play.phase) * 1000 + play.extra)));
  if (shown.second !== second && second <= ALERT_S) senses.cue("tick");
  if (shown.second !== second) save();
  shown = { second };
}

/** The outbox ends what nobody has touched for long; then this page has nothing to go on with. */
document.addEventListener("afterrun:idle", ({ detail }) => {
  if (detail !== script.session_id || isOver()) return;
  close();
  if (!isTold(play.body)) return leave();
  over("sent", "ended_idle");
});

// --- the page is there ------------------------------------------------------------------------

function keepOffline() {
  const loaded = document.querySelectorAll('link[href^="/static/"], script[src^="/static/"]');
  const assets = [...loaded].map((one) => one.getAttribute("href") || one.getAttribute("src"));
  const { serviceWorker: workers } = navigator;
  const ask = () => workers.ready.then(({ active }) => active.postMessage({ page: location.pathname, assets }));
  workers.addEventListener("controllerchange", ask); // after a release: the old one is asked first
  workers.register(script.worker_url).then(ask).catch(() => {}); // a private window: no offline copy
}

function missing() {
  const keys = senses.missing();
  if (!script.worker_url || !navigator.serviceWorker) keys.push("no_offline");
  for (const list of document.querySelectorAll("[data-missing]")) {
    list.replaceChildren(...keys.map((key) => Object.assign(document.createElement("li"), { textContent: say(key) })));
  }
}

function arrive() {
  document.documentElement.classList.add("plays");
  for (const what of ["voice", "sound"]) document.querySelector(`[data-do=sense][data-value=${what}]`).setAttribute("aria-pressed", `${senses.wishes[what]}`);
  missing();
  if ("speechSynthesis" in window) speechSynthesis.addEventListener?.("voiceschanged", missing);
  if (script.worker_url && navigator.serviceWorker) addEventListener("load", keepOffline);
  const sent = waiting().find((one) => one.body.session_id === script.session_id);
  const kept = storage.get(KEY);
  play = sent ? { phase: "sent", levels: {}, body: sent.body } : kept?.version === VERSION ? kept : undefined;
  if (!play) return;
  appear();
  draw();
  if (sent) put("outcome", say("waits"));
  else if (TIMED.includes(play.phase)) sheet("paused");
}

arrive();
