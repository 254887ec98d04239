"""The addresses of version 1 of the API."""

from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView

from backend.accounts import members_api as members
from backend.accounts.api import MeView, TokenView
from backend.api.matching import LeadsView, MatchesView, NeedSuggestionsView, ProductSuggestionsView, ShelfView
from backend.api.web import ApiDocsView, unknown_address
from backend.applications.api import money as case_money
from backend.applications.api import rounds as cases
from backend.applications.api import steps as case_steps
from backend.applications.api import talk as case_talk
from backend.companies.api import CompaniesView, CompanyView
from backend.needs import api_states as need_states
from backend.needs.api import NeedsView, NeedView
from backend.packs.api import AttributesView, RuleSchemaView, VocabulariesView, VocabularyView
from backend.products import api_states as product_states
from backend.products.api import ProductView
from backend.verification import api as verification

# A path number is a database id: up to 18 digits, never 0.
ID = r"(?P<id>[1-9][0-9]{0,17})"

app_name = "api"

urlpatterns = [
    path("schema", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs", ApiDocsView.as_view(url_name="api:api-schema"), name="api-docs"),
    path("token", TokenView.as_view(), name="token"),
    path("me", MeView.as_view(), name="me"),
    path("members", members.MembersView.as_view(), name="members"),
    re_path(rf"^members/{ID}$", members.MemberView.as_view(), name="member"),
    re_path(rf"^members/{ID}/leave$", members.MemberLeaveView.as_view(), name="member-leave"),
    path("invitations", members.InvitationsView.as_view(), name="invitations"),
    path("invitations/accept", members.InvitationAcceptView.as_view(), name="invitation-accept"),
    re_path(rf"^invitations/{ID}/withdraw$", members.InvitationWithdrawView.as_view(), name="invitation-withdraw"),
    path("organisations", members.OrganisationsView.as_view(), name="organisations"),
    re_path(rf"^organisations/{ID}$", members.OrganisationView.as_view(), name="organisation"),
    re_path(rf"^organisations/{ID}/branches$", members.BranchesView.as_view(), name="branches"),
    re_path(rf"^organisations/{ID}/suspend$", members.SuspendView.as_view(), name="organisation-suspend"),
    re_path(rf"^organisations/{ID}/resume$", members.ResumeView.as_view(), name="organisation-resume"),
    path("companies", CompaniesView.as_view(), name="companies"),
    re_path(rf"^companies/{ID}$", CompanyView.as_view(), name="company"),
    path("verifications", verification.VerificationsView.as_view(), name="verifications"),
    re_path(rf"^verifications/{ID}$", verification.VerificationView.as_view(), name="verification"),
    re_path(rf"^verifications/{ID}/papers$", verification.PapersView.as_view(), name="verification-papers"),
    re_path(rf"^verifications/{ID}/submit$", verification.SubmitView.as_view(), name="verification-submit"),
    re_path(rf"^verifications/{ID}/withdraw$", verification.WithdrawView.as_view(), name="verification-withdraw"),
    re_path(rf"^verifications/{ID}/approve$", verification.ApproveView.as_view(), name="verification-approve"),
    re_path(rf"^verifications/{ID}/return$", verification.ReturnView.as_view(), name="verification-return"),
    re_path(rf"^verifications/{ID}/revoke$", verification.RevokeView.as_view(), name="verification-revoke"),
    re_path(rf"^papers/{ID}$", verification.PaperView.as_view(), name="paper"),
    path("needs/suggestions", NeedSuggestionsView.as_view(), name="need-suggestions"),
    path("needs", NeedsView.as_view(), name="needs"),
    re_path(rf"^needs/{ID}$", NeedView.as_view(), name="need"),
    re_path(rf"^needs/{ID}/open$", need_states.NeedOpenView.as_view(), name="need-open"),
    re_path(rf"^needs/{ID}/withdraw$", need_states.NeedWithdrawView.as_view(), name="need-withdraw"),
    re_path(rf"^needs/{ID}/close$", need_states.NeedCloseView.as_view(), name="need-close"),
    re_path(rf"^needs/{ID}/renew$", need_states.NeedRenewView.as_view(), name="need-renew"),
    re_path(rf"^needs/{ID}/verify$", need_states.NeedVerifyView.as_view(), name="need-verify"),
    re_path(rf"^needs/{ID}/return$", need_states.NeedReturnView.as_view(), name="need-return"),
    re_path(rf"^needs/{ID}/versions$", need_states.NeedVersionsView.as_view(), name="need-versions"),
    re_path(rf"^needs/{ID}/events$", need_states.NeedEventsView.as_view(), name="need-events"),
    re_path(rf"^needs/{ID}/duplicates$", need_states.NeedDuplicatesView.as_view(), name="need-duplicates"),
    re_path(rf"^needs/{ID}/matches$", MatchesView.as_view(), name="need-matches"),
    path("products/suggestions", ProductSuggestionsView.as_view(), name="product-suggestions"),
    path("products", ShelfView.as_view(), name="products"),
    re_path(rf"^products/{ID}$", ProductView.as_view(), name="product"),
    re_path(rf"^products/{ID}/publish$", product_states.ProductPublishView.as_view(), name="product-publish"),
    re_path(rf"^products/{ID}/submit$", product_states.ProductSubmitView.as_view(), name="product-submit"),
    re_path(rf"^products/{ID}/withdraw$", product_states.ProductWithdrawView.as_view(), name="product-withdraw"),
    re_path(rf"^products/{ID}/approve$", product_states.ProductApproveView.as_view(), name="product-approve"),
    re_path(rf"^products/{ID}/reject$", product_states.ProductRejectView.as_view(), name="product-reject"),
    re_path(rf"^products/{ID}/confirm$", product_states.ProductConfirmView.as_view(), name="product-confirm"),
    re_path(rf"^products/{ID}/suspend$", product_states.ProductSuspendView.as_view(), name="product-suspend"),
    re_path(rf"^products/{ID}/resume$", product_states.ProductResumeView.as_view(), name="product-resume"),
    re_path(rf"^products/{ID}/retire$", product_states.ProductRetireView.as_view(), name="product-retire"),
    re_path(rf"^products/{ID}/impact$", product_states.ProductImpactView.as_view(), name="product-impact"),
    re_path(rf"^products/{ID}/versions$", product_states.ProductVersionsView.as_view(), name="product-versions"),
    re_path(rf"^products/{ID}/events$", product_states.ProductEventsView.as_view(), name="product-events"),
    re_path(rf"^products/{ID}/leads$", LeadsView.as_view(), name="product-leads"),
    path("application-consent", cases.ConsentTextView.as_view(), name="application-consent"),
    re_path(rf"^needs/{ID}/offers$", cases.NeedOffersView.as_view(), name="need-offers"),
    re_path(rf"^needs/{ID}/offers/choose$", cases.NeedChoiceView.as_view(), name="need-choose"),
    path("applications", cases.ApplicationsView.as_view(), name="applications"),
    re_path(rf"^applications/{ID}$", cases.ApplicationView.as_view(), name="application"),
    re_path(rf"^applications/{ID}/events$", cases.ApplicationEventsView.as_view(), name="application-events"),
    re_path(rf"^applications/{ID}/messages$", case_talk.MessagesView.as_view(), name="application-messages"),
    re_path(rf"^applications/{ID}/accept$", case_steps.AcceptView.as_view(), name="application-accept"),
    re_path(rf"^applications/{ID}/diligence$", case_steps.DiligenceView.as_view(), name="application-diligence"),
    re_path(rf"^applications/{ID}/ask-more$", case_steps.AskMoreView.as_view(), name="application-ask-more"),
    re_path(rf"^applications/{ID}/answer$", case_steps.AnswerView.as_view(), name="application-answer"),
    re_path(rf"^applications/{ID}/resume$", case_steps.ResumeView.as_view(), name="application-resume"),
    re_path(rf"^applications/{ID}/offer$", case_steps.OfferView.as_view(), name="application-offer"),
    re_path(rf"^applications/{ID}/refuse$", case_steps.RefuseView.as_view(), name="application-refuse"),
    re_path(rf"^applications/{ID}/withdraw$", case_steps.WithdrawView.as_view(), name="application-withdraw"),
    re_path(rf"^applications/{ID}/decline$", case_steps.DeclineView.as_view(), name="application-decline"),
    re_path(rf"^applications/{ID}/contract$", case_money.ContractView.as_view(), name="application-contract"),
    re_path(rf"^applications/{ID}/cancel$", case_money.CancelView.as_view(), name="application-cancel"),
    re_path(rf"^applications/{ID}/close$", case_money.CloseView.as_view(), name="application-close"),
    re_path(rf"^applications/{ID}/payouts$", case_money.PayoutsView.as_view(), name="application-payouts"),
    re_path(rf"^applications/{ID}/repayments$", case_money.RepaymentsView.as_view(), name="application-repayments"),
    re_path(rf"^applications/{ID}/reversals$", case_money.ReversalsView.as_view(), name="application-reversals"),
    re_path(rf"^attachments/{ID}$", case_talk.AttachmentView.as_view(), name="attachment"),
    re_path(rf"^repair-tasks/{ID}/done$", cases.RepairTaskDoneView.as_view(), name="repair-task-done"),
    path("vocabularies", VocabulariesView.as_view(), name="vocabularies"),
    re_path(r"^vocabularies/(?P<scheme>[a-z_]{1,40})$", VocabularyView.as_view(), name="vocabulary"),
    path("attributes", AttributesView.as_view(), name="attributes"),
    path("rule-schema", RuleSchemaView.as_view(), name="rule-schema"),
    re_path(r"^.*$", unknown_address),
]
