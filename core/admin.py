"""The administration of reference data: one site that shows what is chosen for it, and writes by actions alone."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    Page = admin.ModelAdmin[Any]
    Rows = admin.TabularInline[Any, Any]
else:
    Page, Rows = admin.ModelAdmin, admin.TabularInline


class Site(admin.AdminSite):
    """Django's administration for administrators, entered by the product's own sign-in."""

    site_header = site_title = "Kumala ITSM"
    index_title = _("Reference data")
    site_url = "/"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Only our own pages: what packages would show of their tables stays out."""
        if isinstance(admin_class, type) and issubclass(admin_class, Reference):
            super().register(model_or_iterable, admin_class, **options)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The sign-in of the product, with its limits and second factor; 403 for who is in but no administrator."""
        if not request.user.is_authenticated:
            return redirect_to_login(request.GET.get("next", "/admin/"))
        if not self.has_permission(request):
            raise PermissionDenied
        return redirect("admin:index")


class Reference(Page):
    """A table that administrators keep. `keep(row=, fields=, by=)` is the action that writes a row and the ledger.

    Nothing is ever deleted here: what is no longer used is switched off.
    """

    actions_on_top = True
    show_full_result_count = False

    def keep(self, *, row: models.Model, fields: list[str], by: Any) -> Any:
        """The action behind saving; a page without one cannot save."""
        raise PermissionDenied

    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:  # noqa: FBT001
        """By the action, so that the ledger knows who changed which fields."""
        if form.changed_data or not change:
            self.keep(row=obj, fields=list(form.changed_data), by=request.user)

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        """Never."""
        raise PermissionDenied

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


class AddOnly:
    """A history: rows are added, none is changed."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Looked at, not changed."""
        return False
