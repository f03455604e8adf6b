import { screen, waitFor, within } from "@testing-library/svelte";
import { tick } from "svelte";
import { describe, expect, test } from "vitest";
import { refusal } from "../dev/fakeApp";
import { findId, id, openScreen, type Open } from "./door";

const states = (testid: string): (string | undefined)[] =>
  within(id(testid))
    .getAllByRole("listitem")
    .map((step) => step.dataset["state"]);

async function fill({ user }: Open, password: string): Promise<void> {
  await user.type(await findId("autotask-username"), "api@northwind.example");
  await user.type(id("autotask-password"), password);
  await user.type(id("autotask-tracking"), "ABCDEFGHIJKLMNOPQRSTUVWXYZ1");
  await user.click(id("autotask-test"));
}

describe("Credentials", () => {
  test("a test that passes shows every step and forgets the password", async () => {
    const open = await openScreen("credentials", (app) => app.asNew());
    await fill(open, "right");
    await waitFor(() => expect(id("autotask-steps").dataset["passed"]).toBe("true"));
    expect(states("autotask-steps")).toEqual(["passed", "passed", "passed", "passed", "warning", "passed"]);
    const password = id("autotask-password") as HTMLInputElement;
    await waitFor(() => expect(password.value).toBe(""));
    expect(password.placeholder).toBe("saved");
    expect(open.asked("test_autotask")).toEqual([
      {
        input: {
          username: "api@northwind.example",
          password: "right",
          trackingIdentifier: "ABCDEFGHIJKLMNOPQRSTUVWXYZ1",
          api: "rest",
          zone: "auto",
          zoneLookup: "webservices.autotask.net",
          soapTimes: "eastern",
        },
      },
    ]);
  });

  test("a wrong password is one request, and shows the cause and the way out", async () => {
    const open = await openScreen("credentials", (app) => app.asNew());
    await fill(open, "wrong");
    await waitFor(() => expect(id("autotask-steps").dataset["passed"]).toBe("false"));
    expect(states("autotask-steps")).toEqual(["passed", "failed", "skipped", "skipped", "skipped", "skipped"]);
    expect(id("autotask-steps").textContent).toContain("refused the username or the password");
    expect(id("autotask-steps").textContent).toContain("generate a new one in Autotask");
    expect(open.asked("test_autotask")).toHaveLength(1);
    expect(open.app.view.unlocked).toBe(false);
  });

  test("steps are shown while the test still runs", async () => {
    const { app, user } = await openScreen("credentials");
    let finish = (): void => {};
    const held = new Promise<void>((resolve) => (finish = resolve));
    const answer = app.answer.bind(app);
    app.answer = async (command, args) => {
      if (command === "test_cloud_direct") await held;
      return answer(command, args);
    };
    await user.click(await findId("cloud-test"));
    const { emit } = await import("@tauri-apps/api/event");
    await emit("test-progress", {
      service: "cloud_direct",
      passed: null,
      steps: [{ title: "Reach the portal", state: "running", detail: null, remedy: null }],
    });
    await findId("cloud-steps");
    expect(states("cloud-steps")).toEqual(["running"]);
    expect((id("cloud-test") as HTMLButtonElement).disabled).toBe(true);
    finish();
    await waitFor(() => expect(id("cloud-steps").dataset["passed"]).toBe("true"));
  });

  test("a step that arrives behind the answer does not undo it", async () => {
    const { app, user } = await openScreen("credentials");
    let finish = (): void => {};
    const held = new Promise<void>((resolve) => (finish = resolve));
    const answer = app.answer.bind(app);
    let tested = false;
    app.answer = async (command, args) => {
      // Once tested, the page asks for the whole view again: the late step comes while it waits.
      if (command === "credentials_view" && tested) await held;
      if (command === "test_cloud_direct") tested = true;
      return answer(command, args);
    };
    await user.click(await findId("cloud-test"));
    await waitFor(() => expect(id("cloud-steps").dataset["passed"]).toBe("true"));
    const { emit } = await import("@tauri-apps/api/event");
    await emit("test-progress", {
      service: "cloud_direct",
      passed: null,
      steps: [{ title: "Log in", state: "running", detail: null, remedy: null }],
    });
    await tick();
    expect(id("cloud-steps").dataset["passed"]).toBe("true");
    finish();
  });

  test("a saved password is left to the app, and its text is nowhere", async () => {
    const { user, asked } = await openScreen("credentials");
    expect(((await findId("autotask-password")) as HTMLInputElement).value).toBe("");
    await user.click(id("autotask-test"));
    await findId("autotask-steps");
    expect(asked("test_autotask")[0]).toMatchObject({ input: { password: null } });
  });

  test("a zone set by hand is sent in place of the look-up", async () => {
    const { user, asked } = await openScreen("credentials");
    await user.click(await findId("autotask-advanced"));
    await user.selectOptions(id("autotask-zone"), "hand");
    await user.type(await findId("autotask-zone-address"), "https://webservices14.autotask.net");
    await user.selectOptions(id("autotask-api"), "soap");
    await user.selectOptions(await findId("autotask-soap-times"), "utc");
    await user.click(id("autotask-test"));
    await findId("autotask-steps");
    expect(asked("test_autotask")[0]).toMatchObject({ input: { zone: "https://webservices14.autotask.net", api: "soap", soapTimes: "utc" } });
  });

  test("input that is wrong is marked at its field", async () => {
    const { user } = await openScreen("credentials", (app) => app.asNew());
    await user.type(await findId("autotask-username"), "nobody");
    await user.click(id("autotask-test"));
    await waitFor(() => expect(id("autotask-username").getAttribute("aria-invalid")).toBe("true"));
    const described = id("autotask-username").getAttribute("aria-describedby") ?? "";
    expect(document.getElementById(described)?.textContent).toContain("the whole name");
  });

  test("an error that belongs to no field is shown beside the form", async () => {
    const { user } = await openScreen("credentials", (app) => {
      app.refuse["test_autotask"] = refusal("keychain_unavailable", "The keychain is locked. Unlock it and test again.");
    });
    await user.click(await findId("autotask-test"));
    expect((await screen.findByRole("alert")).textContent).toContain("The keychain is locked.");
  });

  test("a folder of exports is chosen with the system's dialog", async () => {
    const { user, asked } = await openScreen("credentials");
    await user.selectOptions(await findId("cloud-source"), "folder");
    await user.click(id("cloud-choose"));
    await waitFor(() => expect((id("cloud-folder") as HTMLInputElement).value).toContain("Exports"));
    await user.click(id("cloud-test"));
    await findId("cloud-steps");
    expect(asked("test_cloud_direct")[0]).toMatchObject({ input: { source: "folder", folder: "C:\\Exports\\Cloud Direct", token: null } });
  });

  test("what is typed survives a look at another screen", async () => {
    const { user } = await openScreen("credentials");
    const username = (await findId("autotask-username")) as HTMLInputElement;
    await user.clear(username);
    await user.type(username, "half@");
    await user.click(id("nav-activity"));
    await user.click(id("nav-credentials"));
    expect((id("autotask-username") as HTMLInputElement).value).toBe("half@");
    expect(screen.getByText("Changed, not tested yet")).toBeTruthy();
  });

  test("both logins tested on a new computer lead on to Options", async () => {
    const open = await openScreen("credentials", (app) => app.asNew());
    await fill(open, "right");
    await waitFor(() => expect(id("autotask-steps").dataset["passed"]).toBe("true"));
    await open.user.type(id("cloud-address"), "https://portal.example");
    await open.user.type(id("cloud-token"), "token");
    await open.user.click(id("cloud-test"));
    await open.user.click(await findId("to-options"));
    expect(await findId("options-save")).toBeTruthy();
  });
});
