"""Pages of the calendar and of what cohorts need: the year calendar, feeds, rooms, trainers, rebooking."""

from django.urls import path

from .views import calendar, cohort_plan, feeds, rebooking, rooms, trainers

urlpatterns = [
    path("calendar/", calendar.Calendar.as_view(), name="calendar"),
    path("calendar/subscribe/", feeds.Subscribe.as_view(), name="subscribe"),
    path("calendar/subscribe/make/", feeds.MakeFeed.as_view(), name="make_feed"),
    path("calendar/feed/<str:token>.ics", feeds.Feed.as_view(), name="feed"),
    path("calendar/feed/<str:token>/<str:code>.ics", feeds.CampusFeed.as_view(), name="campus_feed"),
    path("rooms/", rooms.RoomList.as_view(), name="rooms"),
    path("rooms/add/", rooms.AddRoom.as_view(), name="add_room"),
    path("rooms/<int:pk>/", rooms.RoomPage.as_view(), name="room"),
    path("rooms/<int:pk>/change/", rooms.ChangeRoom.as_view(), name="change_room"),
    path("rooms/<int:pk>/close/", rooms.CloseRoom.as_view(), name="close_room"),
    path("trainers/", trainers.TrainerList.as_view(), name="trainers"),
    path("trainers/accredit/", trainers.Accredit.as_view(), name="accredit"),
    path("trainers/accreditations/<int:pk>/end/", trainers.EndAccreditation.as_view(), name="end_accreditation"),
    path("rebooking/", rebooking.RebookingList.as_view(), name="rebookings"),
    path("cohorts/open/", cohort_plan.OpenCohort.as_view(), name="open_cohort"),
    path("cohorts/<str:code>/change/", cohort_plan.ChangeCohort.as_view(), name="change_cohort"),
    path("cohorts/<str:code>/sessions/", cohort_plan.Sessions.as_view(), name="sessions"),
    path("cohorts/<str:code>/publish/", cohort_plan.PublishCohort.as_view(), name="publish_cohort"),
    path("cohorts/<str:code>/confirm/", cohort_plan.ConfirmCohort.as_view(), name="confirm_cohort"),
    path("cohorts/<str:code>/cancel/", cohort_plan.CancelCohort.as_view(), name="cancel_cohort"),
    path("cohorts/<str:code>/rebook/", rebooking.Rebook.as_view(), name="rebook"),
]
