"""Pages of seats: nominations, approvals, quotas, requests, and the link of a seat."""

from django.urls import path

from .views import approvals, nominations, participants, quotas, seat, seat_requests

urlpatterns = [
    path("approvals/", approvals.Approvals.as_view(), name="approvals"),
    path("approvals/delegations/", approvals.Delegations.as_view(), name="delegations"),
    path("approvals/delegations/<int:pk>/end/", approvals.EndDelegation.as_view(), name="end_delegation"),
    path("cohorts/<str:code>/ask/", seat_requests.AskForSeat.as_view(), name="ask_for_seat"),
    path("cohorts/<str:code>/participants/", participants.Participants.as_view(), name="participants"),
    path("cohorts/<str:code>/quotas/", quotas.KeepSeats.as_view(), name="keep_seats"),
    path("nominations/", nominations.NominationList.as_view(), name="nominations"),
    path("nominations/<int:pk>/answer/", nominations.AnswerFor.as_view(), name="answer_for"),
    path("nominations/<int:pk>/joining.pdf", seat.JoiningInstructions.as_view(), name="joining"),
    path("nominations/<int:pk>/substitute/", nominations.Substitute.as_view(), name="substitute"),
    path("quotas/<int:pk>/release/", quotas.ReleaseQuota.as_view(), name="release_quota"),
    path("seat-requests/", seat_requests.SeatRequestList.as_view(), name="seat_requests"),
    path("seat-requests/<int:pk>/answer/", seat_requests.AnswerRequest.as_view(), name="answer_request"),
    path("seat-requests/<int:pk>/take-back/", seat_requests.TakeBack.as_view(), name="take_back_request"),
    path("seat/<str:token>/", seat.Seat.as_view(), name="seat"),
    path("seat/<str:token>/joining.pdf", seat.SeatSheet.as_view(), name="seat_sheet"),
]
