//! Tickets, their notes and categories.
//!
//! Fields stand in the order of the vendor's SOAP description, since answers follow it.

use super::fields;

fields! { TICKET
    "id" = "id": Long, required, read_only;
    "AccountID" = "companyID": Integer, required, refers_to("Account");
    "AllocationCodeID" = "billingCodeID": Integer, refers_to("AllocationCode");
    "CompletedDate" = "completedDate": DateTime, read_only;
    "ContactID" = "contactID": Integer, refers_to("Contact");
    "ContractID" = "contractID": Integer, refers_to("Contract");
    "CreateDate" = "createDate": DateTime, read_only;
    "CreatorResourceID" = "creatorResourceID": Integer, read_only, refers_to("Resource");
    "Description" = "description": Text(8000);
    "DueDateTime" = "dueDateTime": DateTime;
    "EstimatedHours" = "estimatedHours": Double;
    "InstalledProductID" = "configurationItemID": Integer, refers_to("InstalledProduct");
    "IssueType" = "issueType": Integer, picklist;
    "LastActivityDate" = "lastActivityDate": DateTime, read_only;
    "Priority" = "priority": Integer, required, picklist;
    "QueueID" = "queueID": Integer, picklist;
    "AssignedResourceID" = "assignedResourceID": Integer, refers_to("Resource");
    "AssignedResourceRoleID" = "assignedResourceRoleID": Integer, refers_to("Role");
    "Source" = "source": Integer, picklist;
    "Status" = "status": Integer, required, picklist;
    "SubIssueType" = "subIssueType": Integer, picklist_below("IssueType");
    "TicketNumber" = "ticketNumber": Text(50);
    "Title" = "title": Text(255), required;
    "FirstResponseDateTime" = "firstResponseDateTime": DateTime, read_only;
    "ResolutionPlanDateTime" = "resolutionPlanDateTime": DateTime, read_only;
    "ResolvedDateTime" = "resolvedDateTime": DateTime, read_only;
    "FirstResponseDueDateTime" = "firstResponseDueDateTime": DateTime, read_only;
    "ResolutionPlanDueDateTime" = "resolutionPlanDueDateTime": DateTime, read_only;
    "ResolvedDueDateTime" = "resolvedDueDateTime": DateTime, read_only;
    "ServiceLevelAgreementID" = "serviceLevelAgreementID": Integer, picklist;
    "ServiceLevelAgreementHasBeenMet" = "serviceLevelAgreementHasBeenMet": Boolean, read_only;
    "Resolution" = "resolution": Text(32000);
    "PurchaseOrderNumber" = "purchaseOrderNumber": Text(50);
    "TicketType" = "ticketType": Integer, picklist;
    "ProblemTicketId" = "problemTicketId": Integer, refers_to("Ticket");
    "OpportunityId" = "opportunityID": Integer, refers_to("Opportunity");
    "ChangeApprovalBoard" = "changeApprovalBoard": Integer, picklist;
    "ChangeApprovalType" = "changeApprovalType": Integer, picklist;
    "ChangeApprovalStatus" = "changeApprovalStatus": Integer, picklist;
    "ChangeInfoField1" = "changeInfoField1": Text(8000);
    "ChangeInfoField2" = "changeInfoField2": Text(8000);
    "ChangeInfoField3" = "changeInfoField3": Text(8000);
    "ChangeInfoField4" = "changeInfoField4": Text(8000);
    "ChangeInfoField5" = "changeInfoField5": Text(8000);
    "LastCustomerNotificationDateTime" = "lastCustomerNotificationDateTime": DateTime, read_only;
    "LastCustomerVisibleActivityDateTime" = "lastCustomerVisibleActivityDateTime": DateTime, read_only;
    "ContractServiceID" = "contractServiceID": Long, refers_to("ContractService");
    "ContractServiceBundleID" = "contractServiceBundleID": Long, refers_to("ContractServiceBundle");
    "HoursToBeScheduled" = "hoursToBeScheduled": Decimal, read_only;
    "MonitorTypeID" = "monitorTypeID": Integer, picklist;
    "MonitorID" = "monitorID": Integer;
    "AEMAlertID" = "rmmAlertID": Text(50), read_only;
    "TicketCategory" = "ticketCategory": Integer, picklist;
    "ExternalID" = "externalID": Text(50);
    "FirstResponseInitiatingResourceID" = "firstResponseInitiatingResourceID": Integer, read_only;
    "FirstResponseAssignedResourceID" = "firstResponseAssignedResourceID": Integer, read_only;
    "ProjectID" = "projectID": Integer, refers_to("Project");
    "BusinessDivisionSubdivisionID" = "organizationalLevelAssociationID": Integer, refers_to("BusinessDivisionSubdivision");
    "CreatorType" = "creatorType": Integer, read_only, not_queryable, picklist;
    "CompletedByResourceID" = "completedByResourceID": Integer, read_only, refers_to("Resource");
    "AccountPhysicalLocationID" = "companyLocationID": Integer, refers_to("AccountPhysicalLocation");
    "LastActivityPersonType" = "lastActivityPersonType": Integer, read_only, not_queryable, picklist;
    "LastActivityResourceID" = "lastActivityResourceID": Integer, read_only, refers_to("Resource");
    "ServiceLevelAgreementPausedNextEventHours" = "serviceLevelAgreementPausedNextEventHours": Decimal, read_only, not_queryable;
    "CurrentServiceThermometerRating" = "currentServiceThermometerRating": Integer, read_only, picklist;
    "PreviousServiceThermometerRating" = "previousServiceThermometerRating": Integer, read_only, picklist;
    "ServiceThermometerTemperature" = "serviceThermometerTemperature": Integer, read_only;
    "ApiVendorID" = "apiVendorID": Integer, read_only, picklist, since_1_6_8;
    "LastTrackedModificationDateTime" = "lastTrackedModificationDateTime": DateTime, read_only, since_1_6_8;
    "RmaStatus" = "rmaStatus": Integer, picklist, since_1_6_8;
    "RmaType" = "rmaType": Integer, picklist, since_1_6_8;
    "ImpersonatorCreatorResourceID" = "impersonatorCreatorResourceID": Integer, read_only, refers_to("Resource"), since_1_6_8;
    "CreatedByContactID" = "createdByContactID": Integer, refers_to("Contact"), since_1_6_8;
    "" = "isAssignedToComanaged": Boolean;
    "" = "isVisibleToComanaged": Boolean;
}

fields! { TICKET_NOTE
    "id" = "id": Long, required, read_only;
    "CreatorResourceID" = "creatorResourceID": Integer, read_only, refers_to("Resource");
    "Description" = "description": Text(32000), required;
    "LastActivityDate" = "lastActivityDate": DateTime, read_only;
    "NoteType" = "noteType": Integer, required, picklist;
    "Publish" = "publish": Integer, required, picklist;
    "TicketID" = "ticketID": Integer, required, refers_to("Ticket");
    "Title" = "title": Text(250);
    "ImpersonatorCreatorResourceID" = "impersonatorCreatorResourceID": Integer, read_only, refers_to("Resource");
    "ImpersonatorUpdaterResourceID" = "impersonatorUpdaterResourceID": Integer, read_only, refers_to("Resource");
    "CreateDateTime" = "createDateTime": DateTime, read_only;
    "CreatedByContactID" = "createdByContactID": Integer, refers_to("Contact"), since_1_6_8;
}

fields! { TICKET_CATEGORY
    "id" = "id": Long, required, read_only;
    "Name" = "name": Text(30), required;
    "Nickname" = "nickname": Text(3);
    "Active" = "isActive": Boolean, required;
    "DisplayColorRGB" = "displayColorRGB": Integer, required, picklist;
    "GlobalDefault" = "isGlobalDefault": Boolean, read_only;
    "ApiOnly" = "isApiOnly": Boolean, since_1_6_8;
}
