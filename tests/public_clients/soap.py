"""A program that drives Autotask over SOAP with the public client `atws`, driven in turn by the WSDL.

It makes tickets, finds them again page by page, changes one, and has one refused. What it found goes
to the standard output as JSON; the test that runs it knows what is right. The client is used as it
is: only the address that it begins with is another.
"""

import json
import os
from datetime import datetime

import pytz

import atws
import atws.connection
from atws.wrapper import AutotaskAPIException

TICKETS = 620
AWKWARD = "A & B <c> \"q\" 'a' ]]> ünïcödé 漢字 🙂"


def main():
    address = os.environ["AUTOTASK_ADDRESS"]
    atws.connection.AUTOTASK_API_V1_6_BASE_URL = address + "atservices/1.6/atws.wsdl"
    autotask = connect(os.environ["AUTOTASK_PASSWORD"])

    company = accounts(autotask)[0]
    created = create_tickets(autotask, company)
    found = tickets_from(autotask, created[0].id)
    first = found[0]
    awkward, due = first.Title, first.DueDateTime.astimezone(pytz.utc)
    changed = change_title(autotask, first)
    print(
        json.dumps(
            {
                "ids_created": [ticket.id for ticket in created],
                "ids_found": [ticket.id for ticket in found],
                "company": company.id,
                "awkward": awkward,
                "due": due.isoformat(),
                "changed": changed.Title,
                "refusals": refused_ticket(autotask),
                "queues": [value.Value for value in queues(autotask)],
                "required": sorted(field.Name for field in fields(autotask) if field.IsRequired),
                "entities": sorted(info.Name for info in autotask.getEntityInfo().EntityInfo),
                "version": str(autotask.GetWsdlVersion()),
                "usage": str(usage(autotask)),
                "wrong_password": wrong_password(),
            }
        )
    )


def connect(password):
    return atws.connect(
        username=os.environ["AUTOTASK_USERNAME"],
        password=password,
        apiversion=1.6,
        integrationcode=os.environ["AUTOTASK_TRACKING_IDENTIFIER"],
    )


def accounts(autotask):
    """The active companies but the tenant's own."""
    query = atws.Query("Account")
    query.WHERE("Active", query.Equals, True)
    query.AND("id", query.GreaterThan, 0)
    return autotask.query(query).fetch_all()


def create_tickets(autotask, company):
    due = pytz.utc.localize(datetime(2026, 11, 25, 17, 0, 0))
    queue = next(value.Value for value in queues(autotask) if value.IsActive)
    titles = [AWKWARD] + [f"Backup {number} failed" for number in range(1, TICKETS)]
    tickets = [
        autotask.new(
            "Ticket",
            AccountID=company.id,
            DueDateTime=due,
            Priority=1,
            QueueID=queue,
            Status=1,
            Title=title,
            ExternalID=f"public-{number}",
        )
        for number, title in enumerate(titles)
    ]
    return autotask.create(tickets).fetch_all()


def fields(autotask):
    # Not `autotask.get_field_info`: it puts the entity's name into two elements of the same name,
    # one inside the other, whichever WSDL it is given.
    return autotask.GetFieldInfo("Ticket").Field


def queues(autotask):
    queue = next(field for field in fields(autotask) if field.Name == "QueueID")
    return queue.PicklistValues.PickListValue


def tickets_from(autotask, lowest):
    query = atws.Query("Ticket")
    query.WHERE("id", query.GreaterThanorEquals, lowest)
    query.open_bracket("AND")
    query.WHERE("ExternalID", query.BeginsWith, "public-")
    query.OR("ExternalID", query.BeginsWith, "nothing")
    query.close_bracket()
    return autotask.query(query).fetch_all()


def change_title(autotask, ticket):
    ticket.Title = "Changed"
    return autotask.update([ticket]).fetch_one()


def refused_ticket(autotask):
    """What the service says to a ticket without all that a ticket needs."""
    try:
        autotask.create([autotask.new("Ticket", Title="no company")]).execute()
    except AutotaskAPIException as refusal:
        errors = refusal.response.errors[0]["errors"]
        return [str(error["message"]) for error in errors]
    return []


def usage(autotask):
    result = autotask.getThresholdAndUsageInfo()
    return result.EntityReturnInfoResults.EntityReturnInfo[0].Message


def wrong_password():
    """How the client sees a login that is refused."""
    try:
        connect("wrong").GetWsdlVersion()
    except Exception as error:  # whichever the client's transport raises
        return str(error)
    return ""


if __name__ == "__main__":
    main()
