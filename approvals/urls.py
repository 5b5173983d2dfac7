"""Addresses of forms."""

from django.urls import path

from approvals import views
from approvals.verbs import OF_ASKING, OF_UAT

app_name = "approvals"
urlpatterns = [
    path("", views.index, name="list"),
    path("of/<str:case_type>/<int:case_id>/", views.for_case, name="for_case"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    *(path(f"<int:pk>/{name}/", views.of_uat, {"verb": name}, name=name) for name in OF_UAT),
    *(path(f"<int:pk>/{name}/", views.ask, {"verb": name}, name=name) for name in OF_ASKING),
    path("policies/", views.policies, name="policies"),
    path("policies/new/<str:kind>/", views.new_policy, name="new-policy"),
    path("policies/<int:pk>/", views.policy, name="policy"),
    path("<int:pk>/remove-scenario/", views.remove_scenario, name="remove-scenario"),
    path("<int:pk>/challenge/", views.challenge, name="challenge"),
    path("<int:pk>/files/<int:file>/", views.file, name="file"),
    path("<int:pk>/files/<int:file>/remove/", views.detach, name="detach"),
    path("<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("<int:pk>/decide/", views.decide, name="decide"),
    path("<int:pk>/document.pdf", views.document, name="document"),
    path("<int:pk>/certificate.pdf", views.certificate, name="certificate"),
    path("of/<str:case_type>/<int:case_id>/case-file/", views.case_file, name="case_file"),
    path("of/<str:case_type>/<int:case_id>/case-file.pdf", views.case_file_pdf, name="case_file_pdf"),
]

# For everybody: what stands on the papers leads here.
verification = (
    [
        path("", views.drop, name="drop"),
        path("root.pem", views.root, name="root"),
        path("revocations.crl", views.revocations, name="revocations"),
        path("<str:code>/", views.code, name="code"),
    ],
    "verify",
)
