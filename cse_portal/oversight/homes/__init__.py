"""The home of each role."""

from centres.models import Role

from . import mda, office, school, standard

HOMES = {
    Role.HR_OFFICER: mda.hr_officer,
    Role.AUTHORISED_OFFICER: mda.authorised_officer,
    Role.SERVICE_CHAMPION: mda.service_champion,
    Role.CENTRE_MANAGER: mda.centre_manager,
    Role.TRAINER: school.trainer,
    Role.COORDINATOR: school.coordinator,
    Role.AUDITOR: standard.auditor,
    Role.SECRETARIAT: standard.secretariat,
    Role.PANEL: standard.panel,
    Role.ADMINISTRATOR: office.administrator,
}
