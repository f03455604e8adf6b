/** How pages of Activity are put together. Rows stand newest first and are told apart by `id`. */
import type { ActivityPage } from "./bindings/ActivityPage";
import type { ActivityRow } from "./bindings/ActivityRow";

export interface Joined {
  rows: ActivityRow[];
  /** Rows that are now above the one that was the first. */
  putAbove: number;
  /** Nothing of what was loaded before is left: `more` of the answer counts for the whole. */
  fromAnswerOnly: boolean;
}

/**
 * The newest page over what was loaded: it replaces everything down to its last row, so that rows
 * which have left the filter go; what was loaded below it stays.
 */
export function joinNewest(loaded: ActivityRow[], answer: ActivityPage): Joined {
  const last = answer.rows[answer.rows.length - 1];
  const end = last ? loaded.findIndex((row) => row.id === last.id) : -1;
  const tail = answer.more && end >= 0 ? loaded.slice(end + 1) : [];
  const first = loaded[0];
  const at = first ? answer.rows.findIndex((row) => row.id === first.id) : -1;
  return { rows: [...answer.rows, ...tail], putAbove: Math.max(0, at), fromAnswerOnly: tail.length === 0 };
}

/** The next page below what was loaded; a row that is there already is not shown twice. */
export function joinOlder(loaded: ActivityRow[], answer: ActivityPage): ActivityRow[] {
  const known = new Set(loaded.map((row) => row.id));
  return [...loaded, ...answer.rows.filter((row) => !known.has(row.id))];
}
