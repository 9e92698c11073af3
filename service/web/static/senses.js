// Voice, sound, vibration and a screen that stays on. Each may be missing; then it is named, and nothing breaks.
// No media element plays, so whatever music is on goes on.

import { storage } from "./outbox.js";

const WISHES = "afterrun-senses";
const TONES = { tick: [[660, 0.05]], work: [[880, 0.18]], switch: [[660, 0.12], [880, 0.18]], rest: [[523, 0.25]], end: [[523, 0.15], [659, 0.15], [784, 0.3]] };
const BUZZES = { work: [120], switch: [80, 60, 80], rest: [250], end: [120, 80, 120, 80, 300] };
const LOUD = { tick: 0.04 };

export class Senses {
  constructor(language) {
    this.language = language;
    this.wishes = { voice: true, sound: true, ...storage.get(WISHES) };
    if ("speechSynthesis" in window) speechSynthesis.getVoices(); // they load when they are first asked for
    document.addEventListener("visibilitychange", () => this.awake && !document.hidden && this.keepAwake(true));
  }

  /** Browsers allow sound only after a tap: to be called in one. */
  unlock() {
    const Context = window.AudioContext || window.webkitAudioContext;
    if (navigator.audioSession) navigator.audioSession.type = "ambient"; // an iPhone mixes it with the music
    if (Context) this.context ||= new Context();
    this.context?.resume();
  }

  get voice() {
    const voices = "speechSynthesis" in window ? speechSynthesis.getVoices() : [];
    return voices.find((voice) => voice.lang.toLowerCase().startsWith(this.language));
  }

  /** Keys of the words for what this browser does not have. */
  missing() {
    const lacks = {
      no_voice: !this.voice,
      no_sound: !(window.AudioContext || window.webkitAudioContext),
      no_vibration: !navigator.vibrate,
      no_wake_lock: !navigator.wakeLock,
      no_storage: !storage.works,
    };
    return Object.keys(lacks).filter((key) => lacks[key]);
  }

  toggle(what) {
    this.wishes[what] = !this.wishes[what];
    storage.put(WISHES, this.wishes);
    if (!this.wishes.voice && "speechSynthesis" in window) speechSynthesis.cancel();
    return this.wishes[what];
  }

  say(text) {
    if (!this.wishes.voice || !this.voice || !text) return;
    const utterance = new SpeechSynthesisUtterance(text);
    utterance.voice = this.voice;
    utterance.lang = this.voice.lang;
    speechSynthesis.cancel();
    speechSynthesis.speak(utterance);
  }

  cue(kind) {
    if (BUZZES[kind]) navigator.vibrate?.(BUZZES[kind]);
    if (!this.wishes.sound || this.context?.state !== "running") return;
    let at = this.context.currentTime;
    for (const [hertz, lasts] of TONES[kind]) {
      this.tone(hertz, at, lasts, LOUD[kind] || 0.12);
      at += lasts;
    }
  }

  tone(hertz, at, lasts, loud) {
    const tone = this.context.createOscillator();
    const volume = this.context.createGain();
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(loud, at);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + lasts);
    tone.connect(volume).connect(this.context.destination);
    tone.start(at);
    tone.stop(at + lasts);
  }

  async keepAwake(on) {
    this.awake = on;
    try {
      if (!on) await this.lock?.release();
      else if (!this.lock || this.lock.released) this.lock = await navigator.wakeLock?.request("screen");
    } catch {
      // refused on an almost empty battery: the session is kept all the same
    }
  }
}
