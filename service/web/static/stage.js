// The player's screen: figures in tempo, numbers, bars. It knows no rules; it shows what it is told.

const still = matchMedia("(prefers-reduced-motion: reduce)");
const $ = (id) => document.getElementById(id);

/** Each text is written only when it changes: a screen reader and the layout are left in peace. */
export function put(id, text) {
  const element = $(id);
  if (element.textContent !== `${text}`) element.textContent = text;
}

export function fill(template, facts, language) {
  return template.replace(/\{(\w+)(?::([^}]*))?\}/g, (_, name, forms = "") => {
    if (!forms.includes("=")) return facts[name];
    const byCategory = Object.fromEntries(forms.split("|").map((form) => form.split("=")));
    return byCategory[new Intl.PluralRules(language).select(facts[name])] ?? byCategory.other;
  });
}

/** Show the parts of the page that belong to a phase. */
export function show(phase, look) {
  const player = $("player");
  document.body.className = `on-player is-${look}`;
  player.className = `player is-${look}`;
  for (const part of player.querySelectorAll("[data-in]")) part.hidden = !part.dataset.in.split(" ").includes(phase);
  document.querySelector("meta[name=theme-color]").content = getComputedStyle(document.body).backgroundColor;
}

/** For a room too loud for a tone: the whole screen lights up once. */
export function flash() {
  if (!still.matches) $("flash").animate([{ opacity: 0.55 }, { opacity: 0 }], { duration: 240, easing: "ease-out" });
}

export function segments(groups) {
  const made = groups.map((group) => {
    const span = document.createElement("span");
    span.append(...group.map((isDone) => Object.assign(document.createElement("i"), { className: isDone ? "is-done" : "" })));
    return span;
  });
  $("segments").replaceChildren(...made);
}

function drawn(name) {
  const home = document.querySelector(`[data-figure="${name}"]`) || $("figures").content.querySelector(`[data-figure="${name}"]`);
  const svg = home.querySelector("svg").cloneNode(true);
  svg.querySelector("title")?.remove();
  svg.removeAttribute("aria-labelledby");
  return svg;
}

/** A figure in its place on the page. With reduced motion it is its start and end side by side. */
export class Figure {
  constructor(slot, { name, mirrored, tone, label, frames, moves = false }) {
    const count = moves && still.matches ? 2 : 1;
    const svgs = Array.from({ length: count }, () => drawn(name));
    slot.className = `player__figure${count === 2 ? " is-pair" : ""}${mirrored ? " is-mirrored" : ""}`;
    for (const svg of svgs) {
      svg.dataset.tone = tone;
      svg.setAttribute("role", "img");
      svg.removeAttribute("aria-hidden");
      svg.setAttribute("aria-label", label);
    }
    svgs[1]?.setAttribute("aria-hidden", "true");
    slot.replaceChildren(...svgs);
    this.tracks = svgs.map((svg) => tracks(svg, frames));
    this.still = count === 2;
    this.at(0);
    if (this.still) this.seek(1, 0.5);
  }

  /** ``moved``: share of a repetition's moving time. */
  at(moved) {
    if (!this.still) this.seek(0, moved);
  }

  seek(which, moved) {
    for (const track of this.tracks[which]) track.currentTime = moved * 1000;
  }
}

function tracks(svg, { steps, parts }) {
  return parts.map((transforms, bone) => {
    const keyframes = transforms.map((transform, step) => ({ transform, offset: steps[step] }));
    const track = svg.querySelector(`[data-bone="${bone}"]`).animate(keyframes, { duration: 1000, fill: "both" });
    track.pause();
    return track;
  });
}

export function tempo(parts) {
  const bars = parts.map(({ word, seconds }) => {
    const bar = document.createElement("span");
    bar.dataset.s = seconds;
    bar.append(document.createElement("i"), seconds >= 2 ? `${word} ${seconds} s` : seconds >= 1 ? word : "");
    return bar;
  });
  $("tempo").replaceChildren(...bars);
}

export function tempoAt({ index, inside }) {
  [...$("tempo").children].forEach((bar, at) =>
    bar.firstChild.style.setProperty("--p", at < index ? 1 : at === index ? inside.toFixed(3) : 0),
  );
}

export function ring(share) {
  $("ring").setAttribute("stroke-dashoffset", (100 * (1 - share)).toFixed(2));
}

export function press(group, value) {
  for (const button of document.querySelectorAll(`[data-do="${group}"]`)) {
    button.setAttribute("aria-pressed", `${button.dataset.value === `${value}`}`);
  }
}
