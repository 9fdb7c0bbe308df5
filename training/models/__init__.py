from .awards import Certificate, Completion, SerialNumber, SigningKey
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
    "Course",
    "CourseEquivalence",
    "CourseVersion",
    "Enrolment",
    "PriorTraining",
    "Requirement",
    "RequirementChange",
    "RequirementChangeLine",
    "SerialNumber",
    "SigningKey",
    "Waiver",
]
