// A program that drives Autotask over REST with the public client `@apigrate/autotask-restapi`.
//
// It makes tickets, finds them again page by page, changes one, and has one refused. What it found
// goes to the standard output as JSON; the test that runs it knows what is right. The client is
// used as it is: only the address that it begins with is another.

"use strict";

const { AutotaskRestApi } = require("@apigrate/autotask-restapi");

const TICKETS = 620;
const AT_A_TIME = 3;
const AWKWARD = "A & B <c> \"q\" 'a' \\ ]]> ünïcödé 漢字 🙂";

async function main() {
  const autotask = connect(process.env.AUTOTASK_PASSWORD);

  const companies = await autotask.Companies.query({
    filter: [
      { op: "eq", field: "isActive", value: true },
      { op: "gt", field: "id", value: 0 },
    ],
  });
  const company = companies.items[0].id;
  const queue = await activeQueue(autotask);
  const created = await createTickets(autotask, company, queue);
  const found = await allTickets(autotask);
  const first = found.items.find((ticket) => ticket.id === created[0]);
  const filter = [{ op: "beginsWith", field: "externalID", value: "public-" }];
  const counted = await autotask.Tickets.count({ filter });
  await autotask.Tickets.update({ id: created[0], title: "Changed" });
  const changed = await autotask.Tickets.get(created[0]);
  const missing = await autotask.Tickets.get(1);
  const fields = await autotask.Tickets.fieldInfo();
  const usage = await autotask.ThresholdInformation.get("");
  const note = await autotask.TicketNotes.create(created[0], {
    ticketID: created[0],
    title: "Note",
    description: AWKWARD,
    noteType: 1,
    publish: 1,
  });

  const result = {
    ids_created: created,
    ids_found: found.items.map((ticket) => ticket.id),
    pages: found.pages,
    counted: counted.queryCount,
    company,
    awkward: first.title,
    due: first.dueDateTime,
    changed: changed.item.title,
    missing: missing === null || missing.item === null,
    required: fields.fields.filter((field) => field.isRequired).map((field) => field.name),
    usage,
    note: note.itemId,
    refusals: await refusedTicket(autotask),
    wrong_password: await statusOf(connect("wrong").Tickets.get(created[0])),
  };
  process.stdout.write(JSON.stringify(result));
}

function connect(password) {
  return new AutotaskRestApi(
    process.env.AUTOTASK_USERNAME,
    password,
    process.env.AUTOTASK_TRACKING_IDENTIFIER,
    { base_url: `${process.env.AUTOTASK_ADDRESS}ATServicesRest/` },
  );
}

async function activeQueue(autotask) {
  const { fields } = await autotask.Tickets.fieldInfo();
  const queue = fields.find((field) => field.name === "queueID");
  return Number(queue.picklistValues.find((value) => value.isActive).value);
}

async function createTickets(autotask, companyID, queueID) {
  const create = async (number) => {
    const created = await autotask.Tickets.create({
      companyID,
      dueDateTime: "2026-11-25T17:00:00Z",
      priority: 1,
      queueID,
      status: 1,
      title: number === 0 ? AWKWARD : `Backup ${number} failed`,
      externalID: `public-${number}`,
    });
    return created.itemId;
  };
  const ids = [];
  for (let number = 0; number < TICKETS; number += AT_A_TIME) {
    const count = Math.min(AT_A_TIME, TICKETS - number);
    const numbers = Array.from({ length: count }, (_, offset) => number + offset);
    ids.push(...(await Promise.all(numbers.map(create))));
  }
  return ids;
}

// The client leaves paging to its user: the next page is what comes after the highest id so far.
async function allTickets(autotask) {
  const items = [];
  const pages = [];
  for (let last = 0; ; last = items.at(-1).id) {
    const page = await autotask.Tickets.query({
      filter: [
        { op: "gt", field: "id", value: last },
        { op: "beginsWith", field: "externalID", value: "public-" },
      ],
    });
    pages.push(page.items.length);
    items.push(...page.items);
    if (page.pageDetails.nextPageUrl === null) {
      return { items, pages };
    }
  }
}

// What the service says to a ticket without all that a ticket needs.
async function refusedTicket(autotask) {
  try {
    await autotask.Tickets.create({ title: "no company" });
  } catch (refusal) {
    return refusal.details.errors;
  }
  return [];
}

async function statusOf(call) {
  try {
    await call;
  } catch (refusal) {
    return refusal.status;
  }
  return 200;
}

main().catch((error) => {
  process.stderr.write(`${error.stack ?? error}\n`);
  process.exitCode = 1;
});
