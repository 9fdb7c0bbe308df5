from .moves import NameGrant, OfficerMerge, PossibleLeaver, TransferRequest, TwoPeople
from .people import ApiToken, Excusal, Membership, Officer, Posting, Role
from .places import (
    Cadre,
    Centre,
    County,
    FormerName,
    JobGroup,
    Organisation,
    Reorganisation,
    ReportingLine,
    Service,
    ServiceOffering,
    Standing,
    Succession,
)
from .rosters import Roster, RosterCoverage, RosterRow

__all__ = [
    "ApiToken", "Cadre", "Centre", "County", "Excusal", "FormerName", "JobGroup", "Membership", "NameGrant", "Officer",
    "OfficerMerge", "Organisation", "PossibleLeaver", "Posting", "Reorganisation", "ReportingLine", "Role", "Roster",
    "RosterCoverage", "RosterRow", "Service", "ServiceOffering", "Standing", "Succession", "TransferRequest", "TwoPeople",
]
