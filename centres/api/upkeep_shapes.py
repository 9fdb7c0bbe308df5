"""What the API takes and answers about keeping the register."""

from rest_framework import serializers

from centres.models import (
    Cadre,
    Centre,
    County,
    Excusal,
    JobGroup,
    Officer,
    Organisation,
    PossibleLeaver,
    Posting,
    TransferRequest,
)
from centres.upkeep_forms import PersonFields


def code_of(queryset, **more):
    return serializers.SlugRelatedField("code", queryset=queryset, required=False, **more)


# What is sent.
class PostFields(serializers.Serializer):
    """What is left out stays as it is."""

    cadre = code_of(Cadre.objects.all(), help_text="code of the CSE cadre")
    job_group = code_of(JobGroup.objects.all(), allow_null=True)
    designation = serializers.CharField(max_length=120, required=False, allow_blank=True)
    terms = serializers.ChoiceField(Posting.Terms.choices, required=False, allow_blank=True)
    county = code_of(County.objects.all())
    centre = code_of(Centre.objects.all(), allow_null=True, help_text="duty station")
    NAMES = ("cadre", "job_group", "designation", "terms", "county", "centre")

    def post(self):
        return {name: value for name, value in self.validated_data.items() if name in self.NAMES}


class MoveSerializer(PostFields):
    on = serializers.DateField(help_text="first day in the new post")
    organisation = code_of(Organisation.objects.all(), help_text="an MDA whose register you keep")
    personal_no = serializers.CharField(max_length=20, required=False, help_text="for an MDA with numbers of its own")

    def values(self):
        given = self.validated_data
        return self.post() | ({"organisation": given["organisation"]} if given.get("organisation") else {})


class PersonSerializer(serializers.Serializer):
    surname = serializers.CharField(max_length=60)
    first_name = serializers.CharField(max_length=60)
    other_names = serializers.CharField(max_length=100, required=False, allow_blank=True)
    gender = serializers.ChoiceField(Officer.Gender.choices, required=False, allow_blank=True)
    personal_no = serializers.CharField(max_length=20)
    upn = serializers.CharField(max_length=20, required=False, allow_blank=True)
    email = serializers.EmailField(required=False, allow_blank=True)
    phone = serializers.CharField(max_length=20, required=False, allow_blank=True)

    def validate(self, given):
        """Numbers, mail and phone take the shape that the page's form gives them."""
        sent = {name: given[name] for name in (*PersonFields.PERSON, "personal_no") if name in given}
        form = PersonFields(sent)
        faults = {name: form.errors[name] for name in form.errors if name in sent}
        if faults:
            raise serializers.ValidationError(faults)
        return given | {name: form.cleaned_data[name] for name in sent}

    def person(self):
        return {name: value for name, value in self.validated_data.items() if name in PersonFields.PERSON}


class AddSerializer(PersonSerializer, PostFields):
    organisation = serializers.SlugRelatedField("code", queryset=Organisation.objects.all())
    on = serializers.DateField(help_text="in post since")
    cadre = serializers.SlugRelatedField("code", queryset=Cadre.objects.all())


class SecondSerializer(serializers.Serializer):
    host = serializers.SlugRelatedField("code", queryset=Organisation.objects.all())
    on = serializers.DateField()
    last_day = serializers.DateField(required=False, allow_null=True)
    county = code_of(County.objects.all())
    centre = code_of(Centre.objects.all())


class LastDaySerializer(serializers.Serializer):
    last_day = serializers.DateField()


class LeftSerializer(LastDaySerializer):
    reason = serializers.ChoiceField([(reason.value, reason.label) for reason in Posting.LEAVING])
    words = serializers.CharField(max_length=60, required=False, allow_blank=True, help_text="where the reason is other")


class ExcuseSerializer(serializers.Serializer):
    reason = serializers.ChoiceField(Excusal.Reason.choices)
    first_day = serializers.DateField()
    last_day = serializers.DateField(required=False, allow_null=True)
    note = serializers.CharField(max_length=200, required=False, allow_blank=True)


class ManySerializer(serializers.Serializer):
    officers = serializers.ListField(child=serializers.CharField(), max_length=20_000, help_text="references")
    dry_run = serializers.BooleanField(default=False, help_text="only say what would be refused")


class RefusedSerializer(serializers.Serializer):
    officer = serializers.CharField()
    detail = serializers.CharField()


class BulkSerializer(serializers.Serializer):
    done = serializers.IntegerField(help_text="officers")
    refused = RefusedSerializer(many=True)


class AskSerializer(PostFields):
    surname = serializers.CharField(max_length=60)
    upn = serializers.CharField(max_length=20, required=False)
    personal_no = serializers.CharField(max_length=20, required=False)
    of_organisation = code_of(Organisation.objects.all(), help_text="with personal_no: the MDA whose number it is")
    to = serializers.SlugRelatedField("code", queryset=Organisation.objects.all())
    on = serializers.DateField(help_text="first day in the new post")
    new_personal_no = serializers.CharField(max_length=20, required=False)


class ReasonSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=300)


class SettleSerializer(ReasonSerializer):
    moves = serializers.BooleanField()


class LeaversSerializer(serializers.Serializer):
    leavers = serializers.ListField(child=serializers.IntegerField(), max_length=20_000, help_text="ids")


class LeaversLeftSerializer(LeaversSerializer, LeftSerializer):
    pass


# What is answered.
class TransferSerializer(serializers.ModelSerializer):
    officer = serializers.SlugRelatedField("ref", read_only=True)
    name = serializers.CharField(source="officer.full_name", read_only=True)
    from_organisation = serializers.SlugRelatedField("code", read_only=True)
    to_organisation = serializers.SlugRelatedField("code", read_only=True)
    roster = serializers.SlugRelatedField("ref", read_only=True, allow_null=True, help_text="the staff return that asked")

    class Meta:
        model = TransferRequest
        fields = [
            "ref", "officer", "name", "from_organisation", "to_organisation", "on", "state", "reason", "answer_by", "roster",
            "requested_at", "answered_at",
        ]  # fmt: skip


class LeaverSerializer(serializers.ModelSerializer):
    officer = serializers.SlugRelatedField("ref", read_only=True)
    organisation = serializers.SlugRelatedField("code", read_only=True)
    roster = serializers.SlugRelatedField("ref", read_only=True)

    class Meta:
        model = PossibleLeaver
        fields = ["id", "officer", "organisation", "roster", "state", "answered_at"]


class ExcusalSerializer(serializers.ModelSerializer):
    officer = serializers.SlugRelatedField("ref", read_only=True)
    starts_on = serializers.DateField(source="during.lower", read_only=True)
    ends_before = serializers.DateField(
        source="during.upper", read_only=True, allow_null=True, help_text="the day after the last"
    )

    class Meta:
        model = Excusal
        fields = ["id", "officer", "reason", "starts_on", "ends_before", "note"]
