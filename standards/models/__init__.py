from .audit import Audit, AuditSite, Meeting, Stage1Review, TeamMember, Visit
from .auditors import Auditor, Calibration, CalibrationAnswer, CalibrationItem, Engagement
from .certification import Certification, CertificationSite, Surveillance
from .decision import Decision, PanelVote, Recommendation, TechnicalReview
from .finding import (
    CorrectiveAction,
    Dispute,
    Escalation,
    Finding,
    FindingNomination,
    Reply,
    ReRating,
    SubmittedEvidence,
    Verification,
)
from .programme import Application, AuditProgramme, MeasuredFigure, ProgrammeLine, SiteSample
from .report import AuditReport, ReportAddendum
from .sheet import Evidence, Rating, RatingConflict, SelfAssessment, SelfRating
from .standard import Criterion, Edition, Element, ElementMapping, Principle
from .standing import CertificationAct, CertificationAppeal, CertificationEvent

__all__ = [
    "Application",
    "Audit",
    "AuditProgramme",
    "AuditReport",
    "AuditSite",
    "Auditor",
    "Calibration",
    "CalibrationAnswer",
    "CalibrationItem",
    "Certification",
    "CertificationAct",
    "CertificationAppeal",
    "CertificationEvent",
    "CertificationSite",
    "CorrectiveAction",
    "Criterion",
    "Decision",
    "Dispute",
    "Edition",
    "Element",
    "ElementMapping",
    "Engagement",
    "Escalation",
    "Evidence",
    "Finding",
    "FindingNomination",
    "MeasuredFigure",
    "Meeting",
    "PanelVote",
    "Principle",
    "ProgrammeLine",
    "Rating",
    "RatingConflict",
    "ReRating",
    "Recommendation",
    "Reply",
    "ReportAddendum",
    "SelfAssessment",
    "SelfRating",
    "SiteSample",
    "Stage1Review",
    "SubmittedEvidence",
    "Surveillance",
    "TeamMember",
    "TechnicalReview",
    "Verification",
    "Visit",
]
