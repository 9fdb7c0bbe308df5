from .awards import Certificate, Completion, SerialNumber, SigningKey
from .compliance import (
    ComplianceCheckpoint,
    ComplianceCountyDelta,
    ComplianceDelta,
    ComplianceNational,
    ComplianceSpan,
    ComplianceWatermark,
    ComplianceWrite,
    RequirementScope,
)
from .delivery import AssessmentResult, Attendance, Cohort, CohortSession, CohortTrainer, Enrolment
from .framework import Course, CourseEquivalence, CourseVersion, Requirement
from .rules import PriorTraining, RequirementChange, RequirementChangeLine, Waiver

__all__ = [
    "AssessmentResult",
    "Attendance",
    "Certificate",
    "Cohort",
    "CohortSession",
    "CohortTrainer",
    "Completion",
    "ComplianceCheckpoint",
    "ComplianceCountyDelta",
    "ComplianceDelta",
    "ComplianceNational",
    "ComplianceSpan",
    "ComplianceWatermark",
    "ComplianceWrite",
    "Course",
    "CourseEquivalence",
    "CourseVersion",
    "Enrolment",
    "PriorTraining",
    "Requirement",
    "RequirementChange",
    "RequirementChangeLine",
    "RequirementScope",
    "SerialNumber",
    "SigningKey",
    "Waiver",
]
