"""Pages of one's own account: language, substitutes, keys for programs."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import actions, forms
from accounts.enums import Scope
from accounts.models import ApiToken, Substitution, office_date
from accounts.who import me
from core.http import acts, attempt, bound


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Change one's language or theme, and stay where one is."""
    user = me(request)
    form = forms.Preferences(request.POST)
    if form.is_valid():
        typed = form.cleaned_data
        actions.set_preferences(user=user, language=typed["language"] or None, theme=typed["theme"] or None)
    back = request.POST.get("next", "/")
    inside = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if inside else "/")


@acts
def substitutes(request: HttpRequest) -> HttpResponse:
    """Who acts for me and for whom I act, now and later; and naming somebody."""
    user = me(request)
    form = bound(request, forms.Substitute, user=user)
    named = request.method == "POST" and form.is_valid()
    if named and attempt(form, actions.name_substitute, absent=user, by=user, **form.cleaned_data):
        messages.success(
            request, _("%(name)s may act for you in this time.") % {"name": form.cleaned_data["substitute"]}
        )
        return redirect("accounts:substitutes")
    rows = (
        Substitution.objects.visible_to(user)
        .concerning(user)
        .filter(last_date__gte=office_date())
        .order_by("first_date", "pk")
    )
    context = {"form": form, "rows": rows.select_related("absent", "substitute")}
    return render(request, "accounts/substitutes.html", context, status=422 if form.errors else 200)


@acts
def tokens(request: HttpRequest) -> HttpResponse:
    """Keys for programs that act in my name. The secret is shown once, on the page that answers."""
    user = me(request)
    form = bound(request, forms.NewToken)
    secret = ""
    if request.method == "POST" and form.is_valid():
        ends = timezone.now() + form.life()
        scope = Scope(form.cleaned_data["scope"])
        _token, secret = actions.issue_token(
            user=user, name=form.cleaned_data["name"], scope=scope, by=user, expires_at=ends
        )
        form = forms.NewToken()
    rows = ApiToken.objects.visible_to(user).valid(timezone.now())
    answer = render(
        request, "accounts/tokens.html", {"form": form, "rows": rows, "secret": secret},
        status=422 if form.errors else 200,
    )  # fmt: skip
    answer["Cache-Control"] = "no-store"
    return answer


@require_safe
def factor(request: HttpRequest) -> HttpResponse:
    """To the second factors, and back to `next` afterwards: the pages there offer the way back."""
    back = request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        request.session["after_factor"] = back
    return redirect("mfa_index")


@acts
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    """End a key at once."""
    user = me(request)
    row = get_object_or_404(ApiToken.objects.visible_to(user), pk=pk)
    if request.method == "POST":
        actions.revoke_token(token=row, by=user)
        messages.success(request, _("The key “%(name)s” no longer works.") % {"name": row.name})
    return redirect("accounts:tokens")
