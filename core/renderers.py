"""How Django's forms become HTML: our templates for forms, fields and widgets."""

from django.forms.renderers import TemplatesSetting


class Tabler(TemplatesSetting):
    """Forms as `templates/forms/form.html`, fields as `field.html`, form sets as `formset.html`."""

    form_template_name = "forms/form.html"
    formset_template_name = "forms/formset.html"
    field_template_name = "forms/field.html"
