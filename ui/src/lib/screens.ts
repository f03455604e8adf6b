import type { IconName } from "./icons";

export type ScreenName = "credentials" | "options" | "mappings" | "activity";

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
  { name: "activity", title: "Activity", icon: "activity", needsTest: false },
];
