import type { ScreenName } from "./bindings/ScreenName";
import type { IconName } from "./icons";

export type { ScreenName };

export interface ScreenEntry {
  name: ScreenName;
  title: string;
  icon: IconName;
  /** Opens when both logins have been tested. */
  needsTest: boolean;
}

export const screens: ScreenEntry[] = [
  { name: "credentials", title: "Credentials", icon: "key", needsTest: false },
  { name: "options", title: "Options", icon: "sliders", needsTest: true },
  { name: "mappings", title: "Mappings", icon: "mapping", needsTest: true },
  { name: "billing", title: "Billing", icon: "billing", needsTest: true },
  { name: "activity", title: "Activity", icon: "activity", needsTest: false },
];

/** The screen that the window was opened for, from its address; `undefined` where nobody asked for one. */
export function askedFor(hash: string): ScreenName | undefined {
  return screens.find((entry) => hash === `#${entry.name}`)?.name;
}
