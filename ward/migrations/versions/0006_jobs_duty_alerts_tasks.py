"""Jobs, duty, alerts and tasks: what is left to be done, and by whom."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "job",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("name", "key", name=op.f("uq_job_name_key")),
    )
    op.create_index(
        "ix_job_ready",
        "job",
        ["run_at"],
        unique=False,
        postgresql_where=sa.text("parked_at IS NULL"),
    )
    op.create_table(
        "test_clock",
        sa.Column("one", sa.Boolean(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.CheckConstraint("one", name=op.f("ck_test_clock_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_test_clock")),
    )
    op.create_table(
        "push_subscription",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_hash", sa.LargeBinary(), nullable=False),
        sa.Column("endpoint", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_push_subscription_user_id_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscription")),
        sa.UniqueConstraint("endpoint_hash", name=op.f("uq_push_subscription_endpoint_hash")),
    )
    op.create_index(
        op.f("ix_push_subscription_user_id"), "push_subscription", ["user_id"], unique=False
    )
    op.create_table(
        "alert_policy",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", sa.Uuid(), nullable=True),
        sa.Column(
            "cause",
            sa.Enum(
                "news2-high",
                "news2-medium",
                "news2-single-3",
                "news2-rise",
                "not-recordable",
                "observations-overdue",
                name="cause",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("from_time", sa.Time(), nullable=False),
        sa.Column("to_time", sa.Time(), nullable=False),
        sa.Column("tier", sa.BigInteger(), nullable=False),
        sa.Column("steps", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("tier BETWEEN 1 AND 3", name=op.f("ck_alert_policy_tier")),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name=op.f("fk_alert_policy_branch_id_branch")
        ),
        sa.ForeignKeyConstraint(
            ["set_by"], ["app_user.id"], name=op.f("fk_alert_policy_set_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["ward.id"], name=op.f("fk_alert_policy_ward_id_ward")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_policy")),
    )
    op.create_index(
        "ix_alert_policy_chosen", "alert_policy", ["ward_id", "cause", "since"], unique=False
    )
    op.create_table(
        "duty",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", sa.Uuid(), nullable=False),
        sa.Column(
            "part",
            sa.Enum(
                "nurse",
                "nurse-in-charge",
                "registrar",
                "consultant",
                name="dutyrole",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("until > since", name=op.f("ck_duty_order")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_duty_user_id_app_user")
        ),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"], name=op.f("fk_duty_ward_id_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
    )
    op.create_index(op.f("ix_duty_user_id"), "duty", ["user_id"], unique=False)
    op.create_index(op.f("ix_duty_ward_id"), "duty", ["ward_id"], unique=False)
    op.create_index(
        "uq_duty_open",
        "duty",
        ["user_id", "ward_id", "part"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "alert",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", sa.Uuid(), nullable=False),
        sa.Column("policy_id", sa.Uuid(), nullable=True),
        sa.Column(
            "cause",
            sa.Enum(
                "news2-high",
                "news2-medium",
                "news2-single-3",
                "news2-rise",
                "not-recordable",
                "observations-overdue",
                name="cause",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("tier", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "accepted",
                "closed",
                "withdrawn",
                name="alertstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("what", sa.LargeBinary(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("again_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column(
            "called",
            sa.Enum(
                "nurse",
                "nurse-in-charge",
                "registrar",
                "consultant",
                name="dutyrole",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("escalates_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "reviewed-no-change",
                "treatment-changed",
                "moved-to-higher-care",
                "care-limited",
                "not-confirmed",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(state = 'open') = (owner_id IS NULL AND escalates_at IS NOT NULL AND closed_at IS NULL)",
            name=op.f("ck_alert_open_has_a_timer"),
        ),
        sa.CheckConstraint(
            "(state IN ('closed', 'withdrawn')) = (closed_at IS NOT NULL)",
            name=op.f("ck_alert_closed_has_an_end"),
        ),
        sa.CheckConstraint(
            "state <> 'accepted' OR (owner_id IS NOT NULL AND accepted_at IS NOT NULL)",
            name=op.f("ck_alert_accepted_has_an_owner"),
        ),
        sa.CheckConstraint(
            "state <> 'closed' OR outcome IS NOT NULL", name=op.f("ck_alert_closed_has_an_outcome")
        ),
        sa.CheckConstraint("tier BETWEEN 1 AND 3", name=op.f("ck_alert_tier")),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["app_user.id"], name=op.f("fk_alert_owner_id_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_alert_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["alert_policy.id"], name=op.f("fk_alert_policy_id_alert_policy")
        ),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"], name=op.f("fk_alert_ward_id_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    op.create_index("ix_alert_closed", "alert", ["ward_id", "closed_at"], unique=False)
    op.create_index(op.f("ix_alert_owner_id"), "alert", ["owner_id"], unique=False)
    op.create_index(op.f("ix_alert_patient_id"), "alert", ["patient_id"], unique=False)
    op.create_index(
        "ix_alert_standing",
        "alert",
        ["ward_id"],
        unique=False,
        postgresql_where=sa.text("state IN ('open', 'accepted')"),
    )
    op.create_index(
        "uq_alert_cause",
        "alert",
        ["patient_id", "cause"],
        unique=True,
        postgresql_where=sa.text("state IN ('open', 'accepted')"),
    )
    op.create_table(
        "nursing_task",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("once", sa.Text(), nullable=True),
        sa.Column("what", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column(
            "source",
            sa.Enum(
                "manual",
                "admission",
                "preset",
                "protocol",
                name="tasksource",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "priority",
            sa.Enum(
                "routine",
                "urgent",
                "asap",
                "stat",
                name="priority",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "requested",
                "accepted",
                "in-progress",
                "completed",
                "cancelled",
                "failed",
                name="taskstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "part",
            sa.Enum(
                "nurse",
                "nurse-in-charge",
                "registrar",
                "consultant",
                name="dutyrole",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_reason", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(status IN ('completed', 'cancelled', 'failed')) = (ended_at IS NOT NULL)",
            name=op.f("ck_nursing_task_ended_has_an_end"),
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["app_user.id"], name=op.f("fk_nursing_task_ended_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["app_user.id"], name=op.f("fk_nursing_task_made_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["app_user.id"], name=op.f("fk_nursing_task_owner_id_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_nursing_task_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["ward.id"], name=op.f("fk_nursing_task_ward_id_ward")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nursing_task")),
    )
    op.create_index(op.f("ix_nursing_task_owner_id"), "nursing_task", ["owner_id"], unique=False)
    op.create_index(
        op.f("ix_nursing_task_patient_id"), "nursing_task", ["patient_id"], unique=False
    )
    op.create_index(
        "ix_nursing_task_standing",
        "nursing_task",
        ["ward_id", "due_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('requested', 'accepted', 'in-progress')"),
    )
    op.create_index(
        "uq_nursing_task_once",
        "nursing_task",
        ["patient_id", "once"],
        unique=True,
        postgresql_where=sa.text("once IS NOT NULL"),
    )
    op.create_table(
        "alert_step",
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "happening",
            sa.Enum(
                "raised",
                "merged",
                "called",
                "seen",
                "accepted",
                "declined",
                "handed-over",
                "snoozed",
                "commented",
                "moved",
                "closed",
                "withdrawn",
                name="happening",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("nth", sa.BigInteger(), nullable=True),
        sa.Column(
            "called",
            sa.Enum(
                "nurse",
                "nurse-in-charge",
                "registrar",
                "consultant",
                name="dutyrole",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alert.id"], name=op.f("fk_alert_step_alert_id_alert")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_alert_step_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_alert_step_user_id_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_step")),
    )
    op.create_index("ix_alert_step_history", "alert_step", ["alert_id", "at"], unique=False)
    op.create_index(op.f("ix_alert_step_patient_id"), "alert_step", ["patient_id"], unique=False)
    op.create_index(
        "uq_alert_step_called",
        "alert_step",
        ["alert_id", "nth"],
        unique=True,
        postgresql_where=sa.text("happening = 'called'"),
    )
    op.create_index(
        "uq_alert_step_seen",
        "alert_step",
        ["alert_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("happening = 'seen'"),
    )
    op.create_table(
        "bed_nurse",
        sa.Column("ward_id", sa.Uuid(), nullable=False),
        sa.Column("bed_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("ended_at >= since", name=op.f("ck_bed_nurse_order")),
        sa.ForeignKeyConstraint(["bed_id"], ["bed.id"], name=op.f("fk_bed_nurse_bed_id_bed")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_bed_nurse_user_id_app_user")
        ),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"], name=op.f("fk_bed_nurse_ward_id_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bed_nurse")),
    )
    op.create_index(
        "ix_bed_nurse_mine",
        "bed_nurse",
        ["user_id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(op.f("ix_bed_nurse_ward_id"), "bed_nurse", ["ward_id"], unique=False)
    op.create_index(
        "uq_bed_nurse_now",
        "bed_nurse",
        ["bed_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
