"""How forms are drawn: every field with its label, hint and error in one component, whatever the form."""

from __future__ import annotations

from django.forms.renderers import TemplatesSetting


class SiteRenderer(TemplatesSetting):
    """Widgets come from Django's own templates, fields from `components/field.html`."""

    field_template_name = "components/field.html"
    form_template_name = "components/form.html"
