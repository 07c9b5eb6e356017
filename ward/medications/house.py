"""House: what pharmacy and ward set about medicines, and how often rules speak; of no patient."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.decisions import Step
from domain.formulary import Unit
from domain.prescribing import Tier
from domain.rule_switches import Mode
from ward.db import Model, Scope, clear
from ward.errors import explain
from ward.places.models import Ward
from ward.security.models import User


class Product(Model):
    """A pack as the pharmacy knows it by its code; in FHIR a Medication."""

    __tablename__ = "product"
    __table_args__ = (CheckConstraint("strength > 0", name="strength"),)
    scope = Scope(house=True)

    gtin: Mapped[str] = mapped_column(unique=True, info={"clear": "GTIN-14 of a pack"})
    generic: Mapped[str] = clear("name of a medicine, of no patient")
    form: Mapped[str] = clear("tablet, vial: of no patient")
    strength: Mapped[Decimal]  # in one piece: a tablet, a vial
    unit: Mapped[Unit]
    routes: Mapped[str] = clear("values of domain.formulary.Route, blank between")
    added_at: Mapped[datetime]
    added_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    withdrawn_at: Mapped[datetime | None]


class TemplateKind(StrEnum):
    """What a template of orders is."""

    SET = "set"  # of the house: several orders for one purpose
    FAVOURITE = "favourite"  # of one prescriber: one order


class OrderTemplate(Model):
    """Orders that are filled in at once; in FHIR a RequestGroup or PlanDefinition."""

    __tablename__ = "order_template"
    __table_args__ = (
        CheckConstraint("(kind = 'favourite') = (owner_id IS NOT NULL)", name="owner"),
        Index(
            "uq_order_template_name",
            "kind",
            text("coalesce(owner_id, '00000000-0000-0000-0000-000000000000'::uuid)"),
            "name",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )
    scope = Scope(house=True)

    kind: Mapped[TemplateKind]
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey(User.id), index=True)
    name: Mapped[str] = clear("name of a set of orders, of no patient")
    purpose: Mapped[str] = clear("what a set is for and its source, of no patient")
    orders: Mapped[list[Any]] = mapped_column(JSONB, info={"clear": "orders of no patient"})
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    withdrawn_at: Mapped[datetime | None]


class WardMedicines(Model):
    """What a ward sets: standard times, windows, who needs a second person, pharmacy hours."""

    __tablename__ = "ward_medicines"
    scope = Scope(ward="ward_id")

    ward_id: Mapped[UUID] = mapped_column(ForeignKey(Ward.id), unique=True)
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB, info={"clear": "settings of a ward"})
    set_at: Mapped[datetime]
    set_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))


class FiringOutcome(StrEnum):
    """What became of a finding."""

    SHOWN = "shown"  # inline
    OVERRIDDEN = "overridden"
    HEEDED = "heeded"  # the order was not signed like this
    SILENT = "silent"  # counted only: the rule is on trial


class RuleFiring(Model):
    """A rule found something about an order; counted for each rule, of no patient."""

    __tablename__ = "rule_firing"
    __table_args__ = (Index("ix_rule_firing_rule", "rule", "at"),)
    scope = Scope(house=True)

    rule: Mapped[str] = clear("name of a rule, part of the code")
    rule_version: Mapped[str] = clear("of all rules")
    tier: Mapped[Tier]
    step: Mapped[Step]
    outcome: Mapped[FiringOutcome]
    at: Mapped[datetime]
    by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))


class RuleSwitch(Model):
    """How a pharmacist set a rule, from when and why; the last of each rule stands.

    `until`: a trial ends by itself, and the rule is on again.
    """

    __tablename__ = "rule_switch"
    __table_args__ = (
        CheckConstraint("until IS NULL OR mode = 'silent'", name="only_a_trial_ends"),
        Index(
            "uq_rule_switch_standing",
            "rule",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_rule_switch_history", "rule", "set_at"),
    )
    scope = Scope(house=True)

    rule: Mapped[str] = clear("name of a rule, part of the code")
    mode: Mapped[Mode]
    reason: Mapped[str] = clear("why a rule of the house is set so, of no patient")
    until: Mapped[datetime | None]
    set_at: Mapped[datetime]
    set_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    ended_at: Mapped[datetime | None]


explain("uq_rule_switch_standing", "Somebody else has just set this rule. Look at it again.")
explain("uq_product_gtin", "This code is known already. Look it up, and correct it there.")
explain("uq_order_template_name", "There is one with this name already.")
explain("uq_ward_medicines_ward_id", "Somebody else has just set this ward's medicines.")
