"""The training framework: courses with their versions, what comes before them, what counts in their place, and who must hold them."""

from django.db.models import OuterRef, Prefetch, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres.access import fetch
from cse_portal.lib.doors import ActDoor, Column, DetailDoor, FormDoor, ListDoor
from training import policies
from training.curriculum import validity
from training.filters import CourseFilter
from training.framework_forms import LinksForm
from training.models import Cohort, Course, CourseEquivalence, CoursePrerequisite, CourseVersion, Requirement
from training.services import course_links, framework

from .versions import curriculum_of

COHORTS_SHOWN = 10


def newest(field):
    return Subquery(CourseVersion.objects.published().filter(course=OuterRef("pk")).order_by("-number").values(field)[:1])


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
        Column("version", gettext_lazy("Version"), lambda c: c.version, sort="version", numeric=True),
        Column("mode", gettext_lazy("Mode"), lambda c: CourseVersion.Mode(c.mode).label if c.mode else "", sort="mode"),
        Column("days", gettext_lazy("Days"), lambda c: c.days and c.days.normalize(), sort="days", numeric=True),
        Column("validity", gettext_lazy("Certificate valid"), lambda c: validity(c.validity), sort="validity"),
    )

    def base_queryset(self):
        courses = Course.objects.visible_to(self.scope).select_related("cadre")
        return courses.annotate(
            mode=newest("mode"), days=newest("days"), validity=newest("validity_months"), version=newest("number")
        )

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
            Prefetch("versions", CourseVersion.objects.visible_to(self.scope).select_related("published_by", "drafted_by")),
            Prefetch("equivalences", CourseEquivalence.objects.select_related("accepted").order_by("accepted__code")),
            Prefetch("prerequisites", CoursePrerequisite.objects.select_related("accepted").order_by("accepted__code")),
        )
        return fetch(courses, self.scope, code=self.kwargs["code"])

    def get_crumbs(self):
        return [(_("Courses"), reverse("training:courses"))]

    def get_context_data(self, **kwargs):
        course, today = self.object, self.scope.today
        versions = list(course.versions.all())
        for version in versions:
            version.course = course
        states = CourseVersion.State
        current = next((v for v in versions if v.state == states.PUBLISHED), None) or next(
            (v for v in versions if v.state == states.RETIRED), None
        )
        draft = next((v for v in versions if v.state == states.DRAFT), None)
        ahead = Cohort.objects.visible_to(self.scope).filter(
            course_version__course=course, starts_on__gte=today, state__in=Cohort.LIVE
        )
        if current:
            kwargs |= curriculum_of(current, self.scope)
        return super().get_context_data(
            versions=versions,
            draft=draft,
            may_change=policies.may_change_framework(self.scope),
            counts_for=Course.objects.filter(equivalences__accepted=course),
            opens=Course.objects.filter(prerequisites__accepted=course),
            requirements=Requirement.objects.filter(course=course)
            .select_related("cadre", "organisation")
            .order_by("cadre__sequence", "pk"),
            cohorts=[
                (c, c.free)
                for c in ahead.with_seats()
                .select_related("course_version__course", "campus")
                .order_by("starts_on", "code")[:COHORTS_SHOWN]
            ],
            **kwargs,
        )


class OfCourse:
    """Mixin of acts on the course that the address names."""

    def prepare(self):
        self.course = fetch(Course.objects.all(), self.scope, may=policies.may_change_framework, code=self.kwargs["code"])

    def get_crumbs(self):
        return [(_("Courses"), reverse("training:courses")), (str(self.course), self.course.get_absolute_url())]


class DraftVersion(OfCourse, ActDoor):
    done = gettext_lazy("The draft says what the latest version says. Change it, then publish it.")

    def act(self):
        version = framework.draft_version(self.scope, course=self.course)
        return reverse("training:edit_version", args=[self.course.code, version.number])


class Prerequisites(OfCourse, FormDoor):
    title = gettext_lazy("What comes before the course")
    template_name = "training/course_links.html"
    form_class = LinksForm
    done = gettext_lazy("What comes before the course is set.")
    what = gettext_lazy(
        "Any one of the courses chosen opens this one, or what counts in its place; the officer must hold it, unexpired, on the first day of the cohort. None chosen: open to everyone."
    )

    def links(self):
        return CoursePrerequisite.objects.filter(course=self.course)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"course": self.course}

    def get_initial(self):
        return {"accepted": list(self.links().values_list("accepted", flat=True))}

    def get_context_data(self, **kwargs):
        return super().get_context_data(what=self.what, cancel_url=self.course.get_absolute_url(), **kwargs)

    def act(self, form):
        course_links.set_prerequisites(self.scope, course=self.course, accepted=list(form.cleaned_data["accepted"]))
        return self.course.get_absolute_url()


class Equivalents(Prerequisites):
    title = gettext_lazy("What counts in place of the course")
    done = gettext_lazy("What counts in place of the course is set; those who hold it were judged anew.")
    what = gettext_lazy(
        "Where this course is required, a completion of one of the courses chosen counts too. The statuses of officers who hold one follow at once."
    )

    def links(self):
        return CourseEquivalence.objects.filter(course=self.course)

    def act(self, form):
        course_links.set_equivalents(self.scope, course=self.course, accepted=list(form.cleaned_data["accepted"]))
        return self.course.get_absolute_url()
