"""Addresses of the portal."""

from django.urls import path

from portal import views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("operations/", views.operations, name="operations"),
    path("operations/deliveries/<int:pk>/retry/", views.retry_delivery, name="retry_delivery"),
    path("operations/papers/<int:pk>/retry/", views.retry_paper, name="retry_paper"),
    path("operations/mail/<int:pk>/retry/", views.retry_mail, name="retry_mail"),
    path("mailbox/", views.mailbox, name="mailbox"),
    path("mailbox/<str:name>/", views.letter, name="letter"),
]
