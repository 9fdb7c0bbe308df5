"""A version of a course: what it says, what changed, its materials; the draft editor, publishing, discarding, retiring."""

from django.http import FileResponse, Http404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from centres.access import fetch
from cse_portal.lib.doors import ActDoor, DetailDoor, FormDoor, PageMixin
from training import curriculum, policies
from training.forms import ReasonForm
from training.framework_forms import ComponentForm, ComponentForms, DraftVersionForm, MaterialForm, PublishForm, TaughtForm
from training.models import Certificate, CompetencyLevel, Completion, CourseMaterial, CourseVersion, Level
from training.services import framework, materials


def curriculum_of(version, scope):
    """What a page shows of a version, for training/version_facts.html."""
    needed = dict(CompetencyLevel.objects.filter(cadre=version.course.cadre_id).values_list("competency", "level"))
    return {
        "version": version,
        "valid_words": curriculum.validity(version.validity_months),
        "components": [(part, curriculum.component_words(part)) for part in version.components.all()],
        "taught": [
            (t, Level(t.level).label, Level(needed[t.competency_id]).label if t.competency_id in needed else "")
            for t in version.taught.select_related("competency")
        ],
        "materials": list(version.materials.visible_to(scope).select_related("added_by")),
    }


class OfVersion:
    """Mixin of pages of the version that the address names. `allowed`: the policy."""

    allowed = staticmethod(policies.may_change_framework)

    def prepare(self):
        versions = CourseVersion.objects.select_related("course__cadre", "published_by", "drafted_by")
        self.version = fetch(versions, self.scope, may=type(self).allowed, course__code=self.kwargs["code"], number=self.kwargs["number"])

    @cached_property
    def before(self):
        earlier = self.version.course.versions.published().filter(number__lt=self.version.number)
        return earlier.order_by("-number").first()

    @property
    def page(self):
        return reverse("training:course_version", args=[self.version.course.code, self.version.number])

    def get_crumbs(self):
        course = self.version.course
        return [
            (_("Courses"), reverse("training:courses")),
            (str(course), course.get_absolute_url()),
            (_("Version %(n)s") % {"n": self.version.number}, self.page),
        ]

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            **{"version": self.version, "course": self.version.course, "cancel_url": self.page} | kwargs
        )


class VersionPage(OfVersion, DetailDoor):
    allowed = staticmethod(policies.may_see_courses)
    template_name = "training/course_version.html"

    def get_object(self, queryset=None):
        return self.version

    def get_title(self):
        return _("%(course)s, version %(n)s") % {"course": self.version.course, "n": self.version.number}

    def get_crumbs(self):
        return super().get_crumbs()[:-1]

    def get_context_data(self, **kwargs):
        version, may = self.version, policies.may_change_framework(self.scope)
        return super().get_context_data(
            **curriculum_of(version, self.scope),
            before=self.before,
            differences=curriculum.differences(self.before, version) if self.before else [],
            after=version.course.versions.visible_to(self.scope).filter(number__gt=version.number).order_by("number").first(),
            counts={
                "cohorts": version.cohorts.count(),
                "completions": Completion.objects.filter(course_version=version).count(),
                "certificates": Certificate.objects.filter(completion__course_version=version).count(),
            },
            may_change=may,
            may_draft=may and version.state == CourseVersion.State.DRAFT,
            may_retire=may and version.state == CourseVersion.State.PUBLISHED,
            **kwargs,
        )


class EditVersion(OfVersion, FormDoor):
    """The draft with its parts and levels: one form, saved as a whole."""

    title = gettext_lazy("Work on the draft")
    template_name = "training/version_form.html"
    form_class = DraftVersionForm
    done = gettext_lazy("The draft is saved.")

    def get_initial(self):
        return DraftVersionForm.initial_of(self.version)

    @cached_property
    def parts(self):
        data = self.request.POST if self.request.method == "POST" else None
        held = [ComponentForm.initial_of(part) for part in self.version.components.all()]
        return ComponentForms(data, initial=held, prefix="parts")

    @cached_property
    def levels(self):
        data = self.request.POST if self.request.method == "POST" else None
        return TaughtForm(data, initial=TaughtForm.initial_of(self.version))

    def get_context_data(self, **kwargs):
        return super().get_context_data(parts=self.parts, levels=self.levels, before=self.before, **kwargs)

    def form_valid(self, form):
        if not (self.parts.is_valid() and self.levels.is_valid()):
            form.add_error(None, _("Look at the fields marked."))
            return self.form_invalid(form)
        return super().form_valid(form)

    def act(self, form):
        framework.change_draft(
            self.scope,
            version=self.version,
            components=[row.part for row in self.parts if row.part],
            taught=self.levels.taught,
            **form.cleaned_data,
        )
        return self.page


class PublishVersion(OfVersion, FormDoor):
    title = gettext_lazy("Publish the version")
    template_name = "training/version_publish.html"
    form_class = PublishForm

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            **curriculum_of(self.version, self.scope),
            before=self.before,
            differences=curriculum.differences(self.before, self.version) if self.before else [],
            planned=self.before.cohorts.filter(state__in=["planned", "open", "confirmed", "running"]).count()
            if self.before
            else 0,
            **kwargs,
        )

    def act(self, form):
        version = framework.publish(self.scope, version=self.version)
        self.done = _("Version %(n)s is published; new cohorts are of it.") % {"n": version.number}
        return self.page


class DiscardVersion(OfVersion, FormDoor):
    title = gettext_lazy("Discard the draft")
    template_name = "training/confirm.html"
    form_class = ReasonForm
    done = gettext_lazy("The draft is discarded. Nothing was changed by it.")

    def get_form(self, form_class=None):
        form = super().get_form(form_class)
        del form.fields["reason"]
        return form

    def get_context_data(self, **kwargs):
        what = _("The draft of version %(n)s goes, with its parts. The versions before it stay as they are.") % {
            "n": self.version.number
        }
        return super().get_context_data(what=what, submit=_("Discard the draft"), irreversible=True, **kwargs)

    def act(self, form):
        framework.discard(self.scope, version=self.version)
        return self.version.course.get_absolute_url()


class RetireVersion(OfVersion, FormDoor):
    title = gettext_lazy("Retire the version")
    template_name = "training/confirm.html"
    form_class = ReasonForm
    done = gettext_lazy("The version is retired.")

    def get_context_data(self, **kwargs):
        what = _(
            "New cohorts can no longer be of version %(n)s, and until another is published the course is not offered. Cohorts that are planned, completions and certificates stand."
        ) % {"n": self.version.number}
        return super().get_context_data(what=what, submit=_("Retire the version"), irreversible=True, **kwargs)

    def act(self, form):
        framework.retire(self.scope, version=self.version, reason=form.cleaned_data["reason"])
        return self.page


# Materials.


class AddMaterial(OfVersion, FormDoor):
    title = gettext_lazy("Add a material")
    template_name = "training/material_form.html"
    form_class = MaterialForm
    done = gettext_lazy("The material is added.")

    def act(self, form):
        materials.add(self.scope, version=self.version, **form.cleaned_data)
        return self.page + "#materials"


class OfMaterial:
    """Mixin of doors to the material that the address names."""

    @cached_property
    def material(self):
        found = CourseMaterial.objects.select_related("course_version__course")
        return fetch(found, self.scope, may=type(self).allowed, pk=self.kwargs["pk"])


class Material(OfMaterial, PageMixin, View):
    """The file, as an attachment, to those whom it is for."""

    allowed = staticmethod(policies.may_see_courses)

    def get(self, request, *args, **kwargs):
        try:
            file, media_type, name = materials.opened(self.material)
        except FileNotFoundError:
            raise Http404
        response = FileResponse(file, as_attachment=True, filename=name, content_type=media_type)
        response["Cache-Control"] = "private, no-store"
        return response


class WithdrawMaterial(OfMaterial, ActDoor):
    allowed = staticmethod(policies.may_change_framework)
    done = gettext_lazy("The material is withdrawn; nobody downloads it any more.")

    def act(self):
        version = materials.withdraw(self.scope, material=self.material).course_version
        return reverse("training:course_version", args=[version.course.code, version.number]) + "#materials"
