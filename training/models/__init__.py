from .awards import Certificate, Completion, SerialNumber, SigningKey
from .delivery import AssessmentResult, Attendance, Cohort, CohortSession, CohortTrainer, Enrolment
from .framework import Course, CourseEquivalence, CourseVersion, Requirement

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
    "Requirement",
    "SerialNumber",
    "SigningKey",
]
