"""Addresses of one's own account; signing in is django-allauth's."""

from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("substitutes/", views.substitutes, name="substitutes"),
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/<int:pk>/revoke/", views.revoke_token, name="revoke_token"),
    path("factor/", views.factor, name="factor"),
    path("preferences/", views.preferences, name="preferences"),
]
