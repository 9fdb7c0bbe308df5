"""The competency framework: which level each CSE cadre needs, and which courses bring it."""

from collections import defaultdict

from django.utils.translation import gettext_lazy

from centres.models import Cadre
from cse_portal.lib.doors import Column, ListDoor
from training import policies
from training.models import Competency, CompetencyLevel, Level, TaughtCompetency


class CompetencyMatrix(ListDoor):
    title = gettext_lazy("Competencies")
    may = staticmethod(policies.may_see_courses)
    template_name = "training/competencies.html"
    paginate_by = None

    def base_queryset(self):
        return Competency.objects.visible_to(self.scope)

    @property
    def columns(self):
        levels = self.levels()
        return (
            Column("code", gettext_lazy("Code"), lambda c: c.code),
            Column("name", gettext_lazy("Competency"), lambda c: c.name),
            Column("principles", gettext_lazy("Principles of the Standard"), lambda c: c.principles),
            *(
                Column(cadre.code, cadre.name, lambda c, cadre=cadre: levels.get((c.pk, cadre.pk)), numeric=True)
                for cadre in Cadre.objects.all()
            ),
        )

    @staticmethod
    def levels():
        return {(c, cadre): level for c, cadre, level in CompetencyLevel.objects.values_list("competency", "cadre", "level")}

    def get_context_data(self, **kwargs):
        cadres, levels = list(Cadre.objects.all()), self.levels()
        brought = defaultdict(list)
        taught = TaughtCompetency.objects.filter(course_version__state="published")
        for t in taught.select_related("course_version__course").order_by("course_version__course__code"):
            brought[t.competency_id].append((t.course_version.course, t.level, Level(t.level).label))
        rows = []
        for one in self.object_list:
            needed = [levels.get((one.pk, cadre.pk)) for cadre in cadres]
            rows.append((one, [(cadre, n, Level(n).label if n else "") for cadre, n in zip(cadres, needed)], brought[one.pk]))
        return super().get_context_data(cadres=cadres, rows=rows, level_words=Level.choices, **kwargs)
