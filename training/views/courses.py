"""The training framework: courses, their versions, equivalents and who must hold them."""

from django.db.models import OuterRef, Prefetch, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres.access import fetch
from cse_portal.lib.doors import Column, DetailDoor, ListDoor
from training import policies
from training.filters import CourseFilter
from training.models import Cohort, Course, CourseEquivalence, CourseVersion, Requirement


def newest(field):
    return Subquery(CourseVersion.objects.published().filter(course=OuterRef("pk")).order_by("-number").values(field)[:1])


def validity(months):
    return _("No certificate") if months == 0 else _("%(n)s months") % {"n": months} if months else ""


class CourseList(ListDoor):
    title = gettext_lazy("Courses")
    may = staticmethod(policies.may_see_courses)
    template_name = "training/courses.html"
    filterset_class = CourseFilter
    default_sort = "code"
    columns = (
        Column("title", gettext_lazy("Course"), lambda c: c.title, sort="title"),
        Column("code", gettext_lazy("Code"), lambda c: c.code, sort="code"),
        Column("cadre", gettext_lazy("CSE cadre"), lambda c: c.cadre.name, sort="cadre__sequence"),
        Column("mode", gettext_lazy("Mode"), lambda c: CourseVersion.Mode(c.mode).label if c.mode else "", sort="mode"),
        Column("days", gettext_lazy("Days"), lambda c: c.days and c.days.normalize(), sort="days", numeric=True),
        Column("validity", gettext_lazy("Certificate valid"), lambda c: validity(c.validity), sort="validity"),
    )

    def base_queryset(self):
        courses = Course.objects.visible_to(self.scope).select_related("cadre")
        return courses.annotate(mode=newest("mode"), days=newest("days"), validity=newest("validity_months"))

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        for course in context["page_obj"].object_list:
            course.valid_words = validity(course.validity)
        return context


class CoursePage(DetailDoor):
    may = staticmethod(policies.may_see_courses)
    template_name = "training/course.html"
    context_object_name = "course"

    def get_object(self, queryset=None):
        courses = Course.objects.select_related("cadre").prefetch_related(
            "versions", Prefetch("equivalences", CourseEquivalence.objects.select_related("accepted"))
        )
        return fetch(courses, self.scope, code=self.kwargs["code"])

    def get_crumbs(self):
        return [(_("Courses"), reverse("training:courses"))]

    def get_context_data(self, **kwargs):
        course, today = self.object, self.scope.today
        versions = list(course.versions.all())
        for version in versions:
            version.valid_words = validity(version.validity_months)
        ahead = Cohort.objects.visible_to(self.scope).filter(
            course_version__course=course, starts_on__gte=today, state__in=Cohort.LIVE
        )
        return super().get_context_data(
            versions=versions,
            counts_for=Course.objects.filter(equivalences__accepted=course),
            requirements=Requirement.objects.filter(course=course)
            .select_related("cadre", "organisation")
            .order_by("cadre__sequence", "pk"),
            cohorts=[
                (c, c.free)
                for c in ahead.with_seats().select_related("course_version__course", "campus").order_by("starts_on", "code")[:10]
            ],
            **kwargs,
        )
