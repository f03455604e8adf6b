/**
 * Moments cross as RFC 3339 in UTC. Lists show them in the computer's time zone, numerically, so
 * that they read the same in every language; a setting is edited in the partner's time zone.
 */

const two = (value: number): string => String(value).padStart(2, "0");

const dayOf = (moment: Date): string =>
  `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;

/** "14:02", "Yesterday 14:02" or "2026-11-21 14:02", as seen from `now`. */
export function momentText(moment: string, now: Date): string {
  const at = new Date(moment);
  if (Number.isNaN(at.getTime())) return moment;
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (dayOf(at) === dayOf(now)) return time;
  if (dayOf(at) === dayOf(yesterday)) return `Yesterday ${time}`;
  return `${dayOf(at)} ${time}`;
}

/** The same in two parts: the time, and the day where it is not today. */
export function momentParts(moment: string, now: Date): { time: string; day: string } {
  const text = momentText(moment, now);
  const space = text.lastIndexOf(" ");
  return { time: text.slice(space + 1), day: text.slice(0, Math.max(0, space)) };
}

/** The day, or the time where it is today's. */
export function dayText(moment: string, now: Date): string {
  const { time, day } = momentParts(moment, now);
  return day === "" ? time : day;
}

/** Day, time and seconds, for a tooltip. */
export function exactText(moment: string): string {
  const at = new Date(moment);
  if (Number.isNaN(at.getTime())) return moment;
  return `${dayOf(at)} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

interface WallClock {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
}

function wallClock(at: Date, timeZone: string): WallClock {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  }).formatToParts(at);
  const read = (type: string): number => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return { year: read("year"), month: read("month"), day: read("day"), hour: read("hour"), minute: read("minute") };
}

const asUtc = (clock: WallClock): number =>
  Date.UTC(clock.year, clock.month - 1, clock.day, clock.hour, clock.minute);

/** `YYYY-MM-DDTHH:MM` of the moment in that time zone. */
export function toLocalText(moment: string, timeZone: string): string {
  const at = new Date(moment);
  if (Number.isNaN(at.getTime())) return "";
  const clock = wallClock(at, timeZone);
  return `${clock.year}-${two(clock.month)}-${two(clock.day)}T${two(clock.hour)}:${two(clock.minute)}`;
}

/**
 * The moment at which the wall clock of the time zone shows `YYYY-MM-DD HH:MM`; `null` when the
 * text is no such time. A time that a change of clocks leaves out becomes the one an hour later;
 * of one that comes twice, the first counts.
 */
export function fromLocalText(text: string, timeZone: string): string | null {
  const match = /^\s*(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::\d{2})?\s*$/.exec(text);
  if (!match) return null;
  const [year, month, day, hour, minute] = match.slice(1).map(Number) as [number, number, number, number, number];
  const wanted: WallClock = { year, month, day, hour, minute };
  const checked = new Date(asUtc(wanted));
  const real =
    hour < 24 && minute < 60 && checked.getUTCMonth() === month - 1 && checked.getUTCDate() === day;
  if (!real) return null;

  const offsetAt = (time: number): number => asUtc(wallClock(new Date(time), timeZone)) - time;
  const guess = asUtc(wanted);
  const offsets = [offsetAt(guess - 86_400_000), offsetAt(guess + 86_400_000)];
  const candidates = offsets.map((offset) => guess - offset).sort((a, b) => a - b);
  const exact = candidates.find((time) => time + offsetAt(time) === guess);
  const found = exact ?? candidates[candidates.length - 1];
  return found === undefined ? null : `${new Date(found).toISOString().slice(0, 19)}Z`;
}
