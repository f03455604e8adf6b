//! The names that exports give their columns, without case, blanks and punctuation.

use super::{columns::Column, scan::Kind};

/// Columns, each with the names it has elsewhere, the best known first.
pub(super) type Names = &'static [(Column, &'static [&'static str])];

/// Each column's own name comes before these; of these the first.
pub(super) fn known(kind: Kind) -> [Names; 3] {
    match kind {
        Kind::UsageCsv => [ORGANIZATION_IDS, ORGANIZATION_NAMES, USAGE],
        Kind::JobsCsv | Kind::JobsJsonl => [ORGANIZATION_IDS, ORGANIZATION_NAMES, JOBS],
    }
}

const ORGANIZATION_IDS: Names = &[(
    Column::Organization,
    &[
        "organizationid",
        "organisationid",
        "orgid",
        "customerid",
        "clientid",
        "companyid",
        "tenantid",
        "accountid",
    ],
)];

const ORGANIZATION_NAMES: Names = &[
    (
        Column::Organization,
        &[
            "organisation",
            "org",
            "customer",
            "client",
            "company",
            "tenant",
            "account",
            "arcservecustomer",
            "kunde",
            "firma",
        ],
    ),
    (
        Column::OrganizationName,
        &[
            "orgname",
            "customername",
            "clientname",
            "companyname",
            "tenantname",
            "accountname",
            "organisation",
            "org",
            "customer",
            "client",
            "company",
            "tenant",
            "account",
        ],
    ),
];

const JOBS: Names = &[
    (
        Column::System,
        &[
            "systemname",
            "protectedsystem",
            "computer",
            "computername",
            "machine",
            "machinename",
            "protectedmachine",
            "server",
            "servername",
            "host",
            "hostname",
            "device",
            "devicename",
            "node",
            "nodename",
            "agent",
            "agentname",
            "endpoint",
        ],
    ),
    (
        Column::Task,
        &[
            "taskname",
            "policy",
            "policyname",
            "plan",
            "planname",
            "job",
            "jobname",
        ],
    ),
    (
        Column::JobId,
        &["id", "jobuuid", "jobguid", "uuid", "guid", "runid"],
    ),
    (Column::Kind, &["type", "jobtype", "jobkind", "operation"]),
    (
        Column::Status,
        &["jobstatus", "result", "jobresult", "outcome", "state"],
    ),
    (
        Column::StartedAt,
        &[
            "started",
            "start",
            "starttime",
            "startdate",
            "startdatetime",
            "begin",
            "begintime",
            "jobstart",
        ],
    ),
    (
        Column::FinishedAt,
        &[
            "finished",
            "finish",
            "finishtime",
            "finishdate",
            "ended",
            "endedat",
            "end",
            "endtime",
            "enddate",
            "enddatetime",
            "completed",
            "completedat",
            "completiontime",
            "jobend",
        ],
    ),
    (
        Column::BytesProcessed,
        &[
            "processed",
            "processedbytes",
            "processedsize",
            "dataprocessed",
            "datasize",
        ],
    ),
    (
        Column::BytesTransferred,
        &[
            "transferred",
            "transferredbytes",
            "transferredsize",
            "datatransferred",
            "bytessent",
        ],
    ),
    (Column::WarningCount, &["warnings"]),
    (Column::ErrorCount, &["errors"]),
    (
        Column::Message,
        &[
            "messages",
            "errormessage",
            "details",
            "detail",
            "description",
            "log",
            "comment",
        ],
    ),
];

const USAGE: Names = &[
    (
        Column::MeasuredAt,
        &[
            "measured",
            "date",
            "day",
            "timestamp",
            "time",
            "usagedate",
            "reportdate",
            "collectedat",
            "asof",
        ],
    ),
    (
        Column::Quantity,
        &[
            "amount",
            "usage",
            "used",
            "value",
            "size",
            "storageused",
            "usedspace",
        ],
    ),
    (Column::Unit, &["units", "uom", "unitofmeasure"]),
    (Column::Metric, &["meter", "usagetype", "resource"]),
    (
        Column::State,
        &[
            "status",
            "organizationstate",
            "customerstate",
            "subscriptionstate",
        ],
    ),
];
