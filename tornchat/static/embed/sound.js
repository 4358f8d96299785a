/**
 * A short soft tone for a message that nobody looked at. Browsers keep pages silent until somebody
 * has clicked on them; a tone that could not sound at once is dropped, for a late one only puzzles.
 *
 * @typedef {object} Audio  what is needed of an `AudioContext`
 * @property {() => Promise<void>} resume
 * @property {() => Promise<void>} suspend
 * @property {() => Promise<void>} sound  ends with the tone
 */

/** No two tones are closer than this. */
const APART_MS = 3_000;
const LATE_MS = 400;
const LOUDNESS = 0.05;
/** Hertz, and when each begins: a fifth upwards. */
const NOTES = [[587.33, 0], [880, 0.09]];
const SECONDS = 0.35;

/**
 * @param {() => Audio} open  called with the first tone
 * @param {() => number} now  milliseconds
 * @returns {() => Promise<boolean>}  plays, and says whether it did; never fails
 */
export function player(open, now) {
  /** @type {Audio | null} */
  let audio = null;
  let last = -Infinity;
  let busy = false;

  return async () => {
    const asked = now();
    if (busy || asked - last < APART_MS) return false;
    busy = true;
    try {
      audio ??= open();
      await audio.resume();
      if (now() - asked > LATE_MS) return false;
      last = asked;
      await audio.sound();
      return true;
    } catch {
      return false;
    } finally {
      busy = false;
      audio?.suspend().catch(() => {});
    }
  };
}

export const play = player(speaker, () => performance.now());

/** @returns {Audio} */
function speaker() {
  const context = new AudioContext();
  return {
    resume: () => context.resume(),
    suspend: () => context.suspend(),
    sound: () => new Promise((resolve) => chime(context).addEventListener("ended", () => resolve())),
  };
}

/**
 * @param {AudioContext} context
 * @returns {OscillatorNode}  the one that ends last
 */
function chime(context) {
  const start = context.currentTime;
  const tones = NOTES.map(([frequency, delay]) => {
    const tone = new OscillatorNode(context, { frequency });
    const gain = new GainNode(context, { gain: 0 });
    const begin = start + delay;
    gain.gain.setValueAtTime(0, begin);
    gain.gain.linearRampToValueAtTime(LOUDNESS, begin + 0.015);
    gain.gain.exponentialRampToValueAtTime(0.0001, begin + SECONDS);
    tone.connect(gain).connect(context.destination);
    tone.start(begin);
    tone.stop(begin + SECONDS);
    return tone;
  });
  return tones[tones.length - 1];
}
