import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.functions
import django.db.models.deletion
import training.models.resources
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '__first__'),
        ('centres', '0011_rows_are_checked_once'),
        ('training', '0007_drop_training_status'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='assessmentresult',
            name='one_standing_result',
        ),
        migrations.RemoveConstraint(
            model_name='cohortsession',
            name='sessions_of_a_cohort_do_not_overlap',
        ),
        migrations.AddField(
            model_name='assessmentresult',
            name='moderated_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='assessmentresult',
            name='moderated_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='assessmentresult',
            name='points',
            field=models.JSONField(default=list, help_text="points by criterion or item, in the order of the component's rubric"),
        ),
        migrations.AddField(
            model_name='assessmentresult',
            name='reason',
            field=models.CharField(blank=True, help_text='why a released score was changed', max_length=200),
        ),
        migrations.AddField(
            model_name='assessmentresult',
            name='released_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='assessmentresult',
            name='state',
            field=models.CharField(choices=[('draft', 'Draft'), ('moderated', 'Moderated'), ('released', 'Released')], default='released', max_length=9),
        ),
        migrations.AddField(
            model_name='cohort',
            name='cancel_reason',
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name='cohort',
            name='decide_by',
            field=models.DateField(blank=True, help_text='go or no go', null=True, verbose_name='decided by'),
        ),
        migrations.AddField(
            model_name='cohort',
            name='minimum',
            field=models.PositiveSmallIntegerField(default=1, help_text='officers needed for it to be held', verbose_name='held from'),
        ),
        migrations.AddField(
            model_name='cohort',
            name='nominations_close_on',
            field=models.DateField(blank=True, help_text='last day to nominate', null=True, verbose_name='nominations close'),
        ),
        migrations.AddField(
            model_name='cohort',
            name='offer_hours',
            field=models.PositiveSmallIntegerField(default=48, verbose_name='an offer stands, hours'),
        ),
        migrations.AddField(
            model_name='cohortsession',
            name='cancelled_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='cohortsession',
            name='link',
            field=models.URLField(blank=True, help_text='where it is held online', verbose_name='link'),
        ),
        migrations.AddField(
            model_name='cohortsession',
            name='room_reason',
            field=models.CharField(blank=True, help_text='why the room is booked twice or too small', max_length=200),
        ),
        migrations.AddField(
            model_name='cohortsession',
            name='sequence',
            field=models.PositiveSmallIntegerField(default=0, help_text='of its calendar event: one more at each change'),
        ),
        migrations.AddField(
            model_name='cohortsession',
            name='uid',
            field=models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), editable=False, help_text='of its calendar event, for ever', unique=True),
        ),
        migrations.AddField(
            model_name='cohorttrainer',
            name='reason',
            field=models.CharField(blank=True, help_text='why in spite of a clash or without accreditation', max_length=200),
        ),
        migrations.AddField(
            model_name='courseversion',
            name='changes',
            field=models.TextField(blank=True, verbose_name='what changed since the version before'),
        ),
        migrations.AddField(
            model_name='courseversion',
            name='drafted_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='courseversion',
            name='moderated',
            field=models.BooleanField(default=True, help_text='results are checked by a second person before they are released'),
        ),
        migrations.AddField(
            model_name='courseversion',
            name='published_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='courseversion',
            name='state',
            field=models.CharField(choices=[('draft', 'Draft'), ('published', 'Published'), ('retired', 'Retired')], default='published', max_length=9, verbose_name='state'),
        ),
        migrations.AddField(
            model_name='courseversion',
            name='summary',
            field=models.TextField(blank=True, verbose_name='what it covers'),
        ),
        migrations.AddField(
            model_name='enrolment',
            name='answered_at',
            field=models.DateTimeField(help_text='when the officer, or the MDA for the officer, confirmed or declined', null=True),
        ),
        migrations.AddField(
            model_name='enrolment',
            name='approve_by',
            field=models.DateTimeField(help_text='a nomination not approved by then gives its seat back', null=True),
        ),
        migrations.AddField(
            model_name='enrolment',
            name='approved_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='enrolment',
            name='approved_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='enrolment',
            name='clash_reason',
            field=models.CharField(blank=True, help_text='why in spite of another course at the same time', max_length=200),
        ),
        migrations.AddField(
            model_name='enrolment',
            name='queued_at',
            field=models.DateTimeField(help_text='since when on the waiting list; the queue goes by this, then by id', null=True),
        ),
        migrations.AddField(
            model_name='enrolment',
            name='replaces',
            field=models.OneToOneField(help_text='the enrolment whose seat this officer took over', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='training.enrolment'),
        ),
        migrations.AddField(
            model_name='signingkey',
            name='retired_on',
            field=models.DateField(help_text='signs nothing from this day; what it signed still verifies', null=True),
        ),
        migrations.AlterField(
            model_name='attendance',
            name='source',
            field=models.CharField(choices=[('page', 'Register page'), ('device', 'Phone without network'), ('qr', 'Checked in by QR code'), ('paper', 'Paper sheet'), ('api', 'API'), ('correction', 'Correction')], default='page', max_length=10),
        ),
        migrations.AlterField(
            model_name='course',
            name='prerequisite',
            field=models.CharField(blank=True, help_text='in words; see CoursePrerequisite', max_length=200, verbose_name='prerequisite'),
        ),
        migrations.AlterField(
            model_name='courseversion',
            name='published_on',
            field=models.DateField(help_text='empty: comes from the reference file, taught since before the record', null=True),
        ),
        migrations.AddIndex(
            model_name='enrolment',
            index=models.Index(condition=models.Q(('state', 'waitlisted')), fields=['cohort', 'queued_at', 'id'], name='waiting_list'),
        ),
        migrations.AddIndex(
            model_name='enrolment',
            index=models.Index(condition=models.Q(('state', 'nominated')), fields=['approve_by'], name='nominations_to_approve'),
        ),
        migrations.AddConstraint(
            model_name='courseversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'draft')), fields=('course',), name='one_draft_a_course'),
        ),
        migrations.AddConstraint(
            model_name='enrolment',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by', None), ('enrolled_by', None), models.Q(('approved_by', models.F('enrolled_by')), _negated=True), _connector='OR'), name='nomination_approved_by_another', violation_error_message='Whoever nominated does not approve.'),
        ),
        migrations.AddConstraint(
            model_name='enrolment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'waitlisted'), _negated=True), ('queued_at__isnull', False), _connector='OR'), name='waiting_since_some_moment'),
        ),
        migrations.CreateModel(
            name='ApprovalDelegation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('during', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='days')),
                ('reason', models.CharField(max_length=200, verbose_name='reason')),
                ('made_at', models.DateTimeField()),
                ('delegate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='delegations', to=settings.AUTH_USER_MODEL, verbose_name='delegate')),
                ('delegator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='authorised officer')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='centres.organisation', verbose_name='MDA')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('delegator', models.F('delegate')), _negated=True), name='delegated_to_another'), models.CheckConstraint(condition=models.Q(('during__isempty', False), ('during__lower_inf', False), ('during__upper_inf', False)), name='delegation_has_an_end')],
            },
        ),
        migrations.CreateModel(
            name='AssessmentComponent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('kind', models.CharField(choices=[('pre_test', 'Test before the course'), ('test', 'Test'), ('practical', 'Practical'), ('project', 'Project or assignment')], max_length=9, verbose_name='kind')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('weight', models.PositiveSmallIntegerField(default=0, verbose_name='weight, %')),
                ('pass_mark', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='pass mark of this part')),
                ('rubric', models.JSONField(blank=True, default=list, help_text='[{"name", "most"}]: criteria or items and their highest points')),
                ('course_version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='components', to='training.courseversion')),
            ],
            options={
                'ordering': ['number'],
                'constraints': [models.UniqueConstraint(fields=('course_version', 'number'), name='one_component_of_a_number'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'pre_test'), ('weight', 0)), models.Q(models.Q(('kind', 'pre_test'), _negated=True), ('weight__range', (1, 100))), _connector='OR'), name='only_a_pre_test_weighs_nothing'), models.CheckConstraint(condition=models.Q(('pass_mark', None), ('pass_mark__lte', 100), _connector='OR'), name='component_pass_mark')],
            },
        ),
        migrations.CreateModel(
            name='AttendanceEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('client_id', models.UUIDField(help_text='given by the device; the same one again changes nothing', unique=True)),
                ('mark', models.CharField(choices=[('present', 'Present'), ('late', 'Late'), ('excused', 'Excused'), ('absent', 'Absent')], max_length=7)),
                ('source', models.CharField(choices=[('page', 'Register page'), ('device', 'Phone without network'), ('qr', 'Checked in by QR code'), ('paper', 'Paper sheet'), ('api', 'API'), ('correction', 'Correction')], max_length=10)),
                ('state', models.CharField(choices=[('applied', 'Applied'), ('conflict', 'In conflict'), ('set_aside', 'Set aside')], default='applied', max_length=9)),
                ('device', models.CharField(blank=True, max_length=80)),
                ('reason', models.CharField(blank=True, help_text='needed once the session is over for a day', max_length=200)),
                ('marked_at', models.DateTimeField(help_text="by the device's clock, never later than received")),
                ('received_at', models.DateTimeField()),
                ('settled_at', models.DateTimeField(null=True)),
                ('base', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='training.attendanceentry')),
                ('enrolment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='training.enrolment')),
                ('marked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='training.cohortsession')),
                ('settled_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['id'],
                'indexes': [models.Index(fields=['session', 'enrolment', 'id'], name='entries_of_a_mark'), models.Index(condition=models.Q(('state', 'conflict')), fields=['session'], name='marks_in_conflict')],
            },
        ),
        migrations.CreateModel(
            name='CalendarFeed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.CharField(default=training.models.resources.feed_token, max_length=40, unique=True)),
                ('made_at', models.DateTimeField()),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='calendar_feed', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='CertificateAct',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('revoke', 'Revoke'), ('suspend', 'Suspend'), ('reinstate', 'Reinstate')], max_length=9, verbose_name='act')),
                ('first_number', models.CharField(max_length=20, verbose_name='first number')),
                ('last_number', models.CharField(max_length=20, verbose_name='last number')),
                ('reason', models.CharField(max_length=300, verbose_name='reason')),
                ('state', models.CharField(choices=[('asked', 'To be decided'), ('done', 'Done'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn')], default='asked', max_length=9, verbose_name='state')),
                ('asked_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('decision_reason', models.CharField(blank=True, max_length=300, verbose_name='reason of the decision')),
                ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('certificates', models.ManyToManyField(related_name='acts', to='training.certificate')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('decided_by', None), models.Q(('decided_by', models.F('asked_by')), _negated=True), _connector='OR'), name='certificate_act_decided_by_another', violation_error_message='Whoever asked does not decide.')],
            },
        ),
        migrations.CreateModel(
            name='Competency',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.TextField(blank=True, verbose_name='source')),
                ('code', models.CharField(max_length=12, unique=True, verbose_name='code')),
                ('name', models.CharField(max_length=120, verbose_name='competency')),
                ('principles', models.CharField(blank=True, help_text='P1/P5', max_length=20, verbose_name='principles of the Standard')),
                ('sequence', models.PositiveSmallIntegerField()),
            ],
            options={
                'verbose_name_plural': 'competencies',
                'ordering': ['sequence'],
            },
        ),
        migrations.CreateModel(
            name='CorrectionRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fields', models.JSONField(help_text='{field: [as it is, as it should be]}')),
                ('reason', models.CharField(max_length=300, verbose_name='reason')),
                ('evidence', models.FileField(blank=True, upload_to='corrections/%Y/', verbose_name='evidence')),
                ('state', models.CharField(choices=[('asked', 'Asked'), ('made', 'Corrected'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn')], default='asked', max_length=9, verbose_name='state')),
                ('asked_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('decision_reason', models.CharField(blank=True, max_length=300, verbose_name='reason of the decision')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('officer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='correction_requests', to='centres.officer')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'asked')), fields=('officer',), name='one_open_correction_request')],
            },
        ),
        migrations.CreateModel(
            name='CourseMaterial',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=150, verbose_name='title')),
                ('file', models.FileField(upload_to='materials/%Y/', verbose_name='file')),
                ('size', models.PositiveIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('trainers_only', models.BooleanField(default=False, verbose_name='for trainers only')),
                ('added_at', models.DateTimeField()),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('added_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('course_version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='materials', to='training.courseversion')),
            ],
            options={
                'ordering': ['title', 'id'],
            },
        ),
        migrations.CreateModel(
            name='CoursePrerequisite',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('accepted', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='training.course')),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='prerequisites', to='training.course')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('course', 'accepted'), name='one_prerequisite'), models.CheckConstraint(condition=models.Q(('course', models.F('accepted')), _negated=True), name='prerequisite_is_another')],
            },
        ),
        migrations.CreateModel(
            name='Evaluation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('ratings', models.JSONField(help_text='{question code: 1 to 5}')),
                ('liked', models.TextField(blank=True, verbose_name='what helped most')),
                ('improve', models.TextField(blank=True, verbose_name='what to improve')),
                ('answered_on', models.DateField()),
                ('cohort', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evaluations', to='training.cohort')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='EvaluationInvitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('answered', models.BooleanField(default=False)),
                ('enrolment', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='evaluation', to='training.enrolment')),
            ],
        ),
        migrations.CreateModel(
            name='Room',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('capacity', models.PositiveSmallIntegerField(verbose_name='places')),
                ('notes', models.CharField(blank=True, max_length=200, verbose_name='equipment and access')),
                ('closed_on', models.DateField(blank=True, help_text='first day on which it cannot be booked', null=True, verbose_name='closed')),
                ('centre', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rooms', to='centres.centre', verbose_name='campus')),
            ],
            options={
                'ordering': ['centre__name', 'name'],
                'constraints': [models.UniqueConstraint(fields=('centre', 'name'), name='one_room_of_a_name', violation_error_message='The campus has a room of this name.'), models.CheckConstraint(condition=models.Q(('capacity__range', (1, 2000))), name='room_has_places')],
            },
        ),
        migrations.CreateModel(
            name='SeatOffer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('made_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(verbose_name='expires')),
                ('outcome', models.CharField(choices=[('open', 'Open'), ('accepted', 'Accepted'), ('declined', 'Declined'), ('lapsed', 'Lapsed'), ('withdrawn', 'Withdrawn')], default='open', max_length=9, verbose_name='outcome')),
                ('settled_at', models.DateTimeField(null=True)),
                ('enrolment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='offers', to='training.enrolment')),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(condition=models.Q(('outcome', 'open')), fields=['expires_at'], name='open_offers')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('outcome', 'open')), fields=('enrolment',), name='one_open_offer'), models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('made_at'))), name='offer_stands_a_while'), models.CheckConstraint(condition=models.Q(('outcome', 'open'), ('settled_at__isnull', False), _connector='OR'), name='offer_settled_at_some_moment')],
            },
        ),
        migrations.CreateModel(
            name='SeatQuota',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seats', models.PositiveSmallIntegerField(verbose_name='seats')),
                ('release_on', models.DateField(help_text="from this day, unused seats are anybody's", verbose_name='released')),
                ('released_at', models.DateTimeField(null=True)),
                ('kept_at', models.DateTimeField()),
                ('cohort', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='quotas', to='training.cohort')),
                ('kept_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seat_quotas', to='centres.organisation', verbose_name='MDA')),
            ],
            options={
                'ordering': ['organisation__name'],
                'indexes': [models.Index(condition=models.Q(('released_at', None)), fields=['release_on'], name='quotas_to_release')],
                'constraints': [models.UniqueConstraint(fields=('cohort', 'organisation'), name='one_quota_of_an_mda'), models.CheckConstraint(condition=models.Q(('seats__lte', 500)), name='quota_within_a_cohort')],
            },
        ),
        migrations.CreateModel(
            name='SeatRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='why')),
                ('needs', models.CharField(blank=True, help_text='sign language, large print, access', max_length=300, verbose_name='what you need there')),
                ('state', models.CharField(choices=[('asked', 'Asked'), ('nominated', 'Nominated'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn')], default='asked', max_length=9, verbose_name='state')),
                ('asked_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(null=True)),
                ('answer', models.CharField(blank=True, max_length=300, verbose_name='answer')),
                ('answered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('cohort', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seat_requests', to='training.cohort')),
                ('officer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seat_requests', to='centres.officer')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'asked')), fields=('cohort', 'officer'), name='seat_asked_for_once', violation_error_message='You have asked for a seat in this cohort already.')],
            },
        ),
        migrations.CreateModel(
            name='SheetScan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file', models.FileField(upload_to='sheets/%Y/', verbose_name='file')),
                ('sha256', models.CharField(max_length=64)),
                ('added_at', models.DateTimeField()),
                ('added_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='scans', to='training.cohortsession')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='TrainerAccreditation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('during', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='accredited')),
                ('authority', models.CharField(blank=True, max_length=200, verbose_name='authority')),
                ('granted_at', models.DateTimeField()),
                ('ended_reason', models.CharField(blank=True, max_length=200)),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accreditations', to='training.course', verbose_name='course')),
                ('granted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accreditations', to=settings.AUTH_USER_MODEL, verbose_name='trainer')),
            ],
            options={
                'ordering': ['user__name', 'course__code', 'during'],
                'constraints': [django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('user', '='), ('course', '='), ('during', '&&')], name='accredited_once_at_a_time', violation_error_message='The trainer is accredited for this course on some of these days already.'), models.CheckConstraint(condition=models.Q(('during__isempty', False), ('during__lower_inf', False)), name='accreditation_has_a_day')],
            },
        ),
        migrations.CreateModel(
            name='CompetencyLevel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.PositiveSmallIntegerField(choices=[(1, 'Aware'), (2, 'Able'), (3, 'Able to lead')])),
                ('cadre', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='competency_levels', to='centres.cadre')),
                ('competency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='levels', to='training.competency')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('competency', 'cadre'), name='one_level_a_cadre'), models.CheckConstraint(condition=models.Q(('level__range', (1, 3))), name='cadre_level_is_one_to_three')],
            },
        ),
        migrations.CreateModel(
            name='Correction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mark', models.CharField(blank=True, choices=[('present', 'Present'), ('late', 'Late'), ('excused', 'Excused'), ('absent', 'Absent')], max_length=7)),
                ('score', models.DecimalField(decimal_places=2, max_digits=5, null=True)),
                ('was', models.CharField(blank=True, max_length=20)),
                ('reason', models.CharField(max_length=300, verbose_name='reason')),
                ('state', models.CharField(choices=[('asked', 'To be decided'), ('made', 'Made'), ('refused', 'Refused')], default='asked', max_length=7, verbose_name='state')),
                ('asked_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('decision_reason', models.CharField(blank=True, max_length=300)),
                ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('component', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='training.assessmentcomponent')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('enrolment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='training.enrolment')),
                ('session', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='training.cohortsession')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('decided_by', None), models.Q(('decided_by', models.F('asked_by')), _negated=True), _connector='OR'), name='correction_decided_by_another', violation_error_message='Whoever asked for a correction does not decide it.'), models.CheckConstraint(condition=models.Q(models.Q(('mark__gt', ''), ('score', None), ('session__isnull', False)), models.Q(('mark', ''), ('score__range', (0, 100)), ('session', None)), _connector='OR'), name='correction_of_a_mark_or_a_result')],
            },
        ),
        migrations.CreateModel(
            name='TaughtCompetency',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.PositiveSmallIntegerField(choices=[(1, 'Aware'), (2, 'Able'), (3, 'Able to lead')])),
                ('competency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='training.competency')),
                ('course_version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='taught', to='training.courseversion')),
            ],
            options={
                'ordering': ['competency__sequence'],
                'constraints': [models.UniqueConstraint(fields=('course_version', 'competency'), name='one_level_taught'), models.CheckConstraint(condition=models.Q(('level__range', (1, 3))), name='taught_level_is_one_to_three')],
            },
        ),
        migrations.CreateModel(
            name='Appeal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('about', models.CharField(choices=[('attendance', 'Attendance'), ('result', 'Result')], max_length=10, verbose_name='about')),
                ('grounds', models.TextField(verbose_name='grounds')),
                ('state', models.CharField(choices=[('open', 'Open'), ('upheld', 'Upheld'), ('rejected', 'Rejected'), ('withdrawn', 'Withdrawn')], default='open', max_length=9, verbose_name='state')),
                ('made_at', models.DateTimeField()),
                ('due_on', models.DateField(verbose_name='to be decided by')),
                ('decided_at', models.DateTimeField(null=True)),
                ('decision_reason', models.TextField(blank=True, verbose_name='reason of the decision')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('enrolment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appeals', to='training.enrolment')),
                ('session', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='training.cohortsession', verbose_name='session')),
                ('correction', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='appeal', to='training.correction')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('enrolment', 'about'), name='one_open_appeal_of_a_kind')],
            },
        ),
        migrations.AddField(
            model_name='assessmentresult',
            name='component',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='results', to='training.assessmentcomponent'),
        ),
        migrations.AddConstraint(
            model_name='assessmentresult',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'released'), ('superseded_at', None)), fields=('enrolment', 'component'), name='one_standing_result', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='assessmentresult',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['draft', 'moderated']), ('superseded_at', None)), fields=('enrolment', 'component'), name='one_result_in_the_making', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='assessmentresult',
            constraint=models.CheckConstraint(condition=models.Q(('moderated_by', None), models.Q(('moderated_by', models.F('recorded_by')), _negated=True), _connector='OR'), name='result_moderated_by_another', violation_error_message='Whoever recorded a result does not moderate it.'),
        ),
        migrations.AddField(
            model_name='attendance',
            name='entry',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='training.attendanceentry'),
        ),
        migrations.AddField(
            model_name='cohortsession',
            name='room',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='sessions', to='training.room', verbose_name='room'),
        ),
        migrations.AddConstraint(
            model_name='cohortsession',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('cancelled_at', None), ('room_reason', '')), expressions=[('room', '='), (models.Func(models.F('starts_at'), models.F('ends_at'), function='tstzrange'), '&&')], name='room_booked_once', violation_error_message='The room is booked at that time.'),
        ),
        migrations.AddConstraint(
            model_name='cohortsession',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('cancelled_at', None)), expressions=[('cohort', '='), (models.Func(models.F('starts_at'), models.F('ends_at'), function='tstzrange'), '&&')], name='sessions_of_a_cohort_do_not_overlap'),
        ),
    ]
