from .audit import Audit, AuditSite, Evidence, Finding, Rating, TeamMember
from .certification import Certification, CertificationSite, Decision
from .standard import Criterion, Edition, Element, Principle

__all__ = [
    "Audit", "AuditSite", "Certification", "CertificationSite", "Criterion", "Decision", "Edition", "Element", "Evidence",
    "Finding", "Principle", "Rating", "TeamMember",
]
