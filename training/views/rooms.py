"""Rooms of the campuses, and what is booked in them."""

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres.access import fetch
from cse_portal.lib.doors import Column, DetailDoor, FormDoor, ListDoor
from training import policies
from training.cohort_forms import AddRoomForm, CloseRoomForm, RoomForm
from training.filters import RoomFilter
from training.models import Room
from training.services import rooms


class RoomList(ListDoor):
    title = gettext_lazy("Rooms")
    may = staticmethod(policies.may_see_rooms)
    template_name = "training/rooms.html"
    filterset_class = RoomFilter
    default_sort = "campus"
    columns = (
        Column("name", gettext_lazy("Room"), lambda r: r.name, sort="name"),
        Column("campus", gettext_lazy("Campus"), lambda r: r.centre.name, sort="centre__name"),
        Column("capacity", gettext_lazy("Places"), lambda r: r.capacity, sort="capacity", numeric=True),
        Column("booked", gettext_lazy("Sessions ahead"), lambda r: r.booked, sort="booked", numeric=True),
        Column("notes", gettext_lazy("Equipment and access"), lambda r: r.notes),
        Column("closed", gettext_lazy("Closed from"), lambda r: r.closed_on, sort="closed_on"),
    )

    def base_queryset(self):
        ahead = Q(sessions__cancelled_at=None, sessions__ends_at__date__gte=self.scope.today)
        found = Room.objects.visible_to(self.scope).select_related("centre")
        return found.annotate(booked=Count("sessions", filter=ahead))

    def get_context_data(self, **kwargs):
        return super().get_context_data(may_change=policies.may_change_rooms(self.scope), **kwargs)


class OfRoom:
    """Mixin: `self.room`, fetched within the scope."""

    allowed = staticmethod(policies.may_change_rooms)
    may = staticmethod(policies.may_see_rooms)

    def prepare(self):
        self.room = fetch(Room.objects.select_related("centre"), self.scope, may=type(self).allowed, pk=self.kwargs["pk"])

    def get_crumbs(self):
        return [(_("Rooms"), reverse("training:rooms")), (str(self.room), reverse("training:room", args=[self.room.pk]))]

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=reverse("training:room", args=[self.room.pk]), **kwargs)


class RoomPage(DetailDoor):
    """Its bookings ahead; one that is there twice says why."""

    may = staticmethod(policies.may_see_rooms)
    template_name = "training/room.html"
    context_object_name = "room"

    def get_object(self, queryset=None):
        return fetch(Room.objects.select_related("centre"), self.scope, pk=self.kwargs["pk"])

    def get_crumbs(self):
        return [(_("Rooms"), reverse("training:rooms"))]

    def get_context_data(self, **kwargs):
        ahead = self.object.sessions.filter(cancelled_at=None, ends_at__date__gte=self.scope.today)
        ahead = ahead.select_related("cohort__course_version__course").order_by("starts_at")[:200]
        return super().get_context_data(sessions=ahead, may_change=policies.may_change_rooms(self.scope), **kwargs)


class AddRoom(FormDoor):
    title = gettext_lazy("Add a room")
    may = staticmethod(policies.may_change_rooms)
    template_name = "training/calendar_form.html"
    form_class = AddRoomForm
    done = gettext_lazy("The room is added.")

    def get_crumbs(self):
        return [(_("Rooms"), reverse("training:rooms"))]

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=reverse("training:rooms"), **kwargs)

    def act(self, form):
        room = rooms.add(self.scope, **form.cleaned_data)
        return reverse("training:room", args=[room.pk])


class ChangeRoom(OfRoom, FormDoor):
    title = gettext_lazy("Change the room")
    template_name = "training/calendar_form.html"
    form_class = RoomForm
    done = gettext_lazy("The room is changed.")

    def get_initial(self):
        return {"name": self.room.name, "capacity": self.room.capacity, "notes": self.room.notes}

    def act(self, form):
        rooms.change(self.scope, room=self.room, **form.cleaned_data)
        return reverse("training:room", args=[self.room.pk])


class CloseRoom(OfRoom, FormDoor):
    title = gettext_lazy("Close or open the room")
    template_name = "training/calendar_form.html"
    form_class = CloseRoomForm
    done = gettext_lazy("The room is changed.")

    def get_initial(self):
        return {"on": self.room.closed_on}

    def act(self, form):
        rooms.close(self.scope, room=self.room, on=form.cleaned_data["on"])
        return reverse("training:room", args=[self.room.pk])
