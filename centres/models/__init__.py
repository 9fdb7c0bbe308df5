from .people import ApiToken, Excusal, Membership, Officer, Posting, Role
from .places import Cadre, Centre, County, JobGroup, Organisation, ReportingLine, Service, ServiceOffering, Standing
from .rosters import Roster, RosterCoverage, RosterRow

__all__ = [
    "ApiToken", "Cadre", "Centre", "County", "Excusal", "JobGroup", "Membership", "Officer", "Organisation", "Posting",
    "ReportingLine", "Role", "Roster", "RosterCoverage", "RosterRow", "Service", "ServiceOffering", "Standing",
]
