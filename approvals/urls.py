"""Addresses of forms."""

from django.urls import path

from approvals import views

app_name = "approvals"
urlpatterns = [
    path("", views.index, name="list"),
    path("of/<str:case_type>/<int:case_id>/", views.for_case, name="for_case"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/scenario/", views.add_scenario, name="scenario"),
    path("<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("<int:pk>/decide/", views.decide, name="decide"),
    path("<int:pk>/document.pdf", views.document, name="document"),
]
