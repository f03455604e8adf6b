/** Short messages in the corner of the window: what a click has done, or why it could not. */
import type { Tone } from "./words";
import { errorOf } from "./ipc";

export interface Message {
  id: number;
  text: string;
  tone: Tone;
}

const GOOD_STAYS_MS = 6_000;

let next = 1;
export const messages = $state<Message[]>([]);

export function dismiss(id: number): void {
  const index = messages.findIndex((message) => message.id === id);
  if (index >= 0) messages.splice(index, 1);
}

/** A message about something that went well goes by itself; an error stays until it is closed. */
export function say(text: string, tone: Tone = "good"): void {
  const id = next++;
  messages.push({ id, text, tone });
  if (messages.length > 4) messages.shift();
  if (tone === "good") setTimeout(() => dismiss(id), GOOD_STAYS_MS);
}

export function sayError(thrown: unknown): void {
  say(errorOf(thrown).message, "bad");
}
