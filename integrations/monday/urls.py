"""Addresses of the mirror."""

from django.urls import path

from integrations.monday import views

app_name = "monday"
urlpatterns = [
    path("", views.index, name="index"),
    path("settings/", views.change, name="settings"),
    path("board/", views.board, name="board"),
    path("people/", views.people, name="people"),
    path("people/enter/", views.person, name="person"),
    path("people/match/", views.match, name="match"),
    path("try/", views.try_now, name="try"),
    path("compare/", views.compare, name="compare"),
    path("requests/<int:pk>/retry/", views.retry, name="retry"),
    path("requests/<int:pk>/resume/", views.resume, name="resume"),
    path("requests/<int:pk>/renew/", views.renew, name="renew"),
    path("remarks/<int:pk>/retry/", views.retry_remark, name="retry-remark"),
    path("findings/<int:pk>/seen/", views.see, name="see"),
    path("cards/<int:pk>/adopt/", views.adopt, name="adopt"),
    path("cards/<int:pk>/leave/", views.leave, name="leave"),
    path("webhook/<str:secret>/", views.webhook, name="webhook"),
]
