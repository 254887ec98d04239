"""Every code that a problem of the API can carry. Codes are stable: new ones come, none changes its meaning.

Tests hold this table against the code that raises (both ways) and against docs/reference/api.md, which is printed
from here; the OpenAPI description names exactly these codes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProblemCode:
    """`statuses`: the HTTP statuses of a problem of this code; empty where it stands only beside a field."""

    code: str
    meaning: str
    statuses: tuple[int, ...] = ()


PROBLEMS = (
    ProblemCode("invalid_input", "Fields are listed in `errors`, or a header cannot be read.", (400,)),
    ProblemCode(
        "parse_error",
        "The body is not a JSON object in UTF-8, or holds null characters or numbers that are not finite.",
        (400,),
    ),
    ProblemCode("bad_cursor", "The page cursor is not one of this list's.", (400,)),
    ProblemCode("stale_cursor", "The list has changed since the cursor was given: start from its first page.", (400,)),
    ProblemCode("bad_limit", "`limit` is not a whole number from 1 to 100.", (400,)),
    ProblemCode("unknown_parameter", "The address does not take this query parameter.", (400,)),
    ProblemCode("unknown_choice", "A filter does not have this value.", (400,)),
    ProblemCode("unknown_sort", "There is no such order.", (400,)),
    ProblemCode("bad_idempotency_key", "The key does not have 8 to 100 visible ASCII characters.", (400,)),
    ProblemCode("required", "The field must be given.", (400,)),
    ProblemCode("wrong_type", "The value has the wrong JSON type.", (400,)),
    ProblemCode("unseen_character", "A name or title holds a control or format character.", (400,)),
    ProblemCode("wrong_length", "The text is empty or too long.", (400,)),
    ProblemCode(
        "wrong_code", "A product's code has other characters than letters, digits, hyphens, underscores.", (400,)
    ),
    ProblemCode("wrong_date", "A date is not written like 2025-03-31.", (400,)),
    ProblemCode("future_date", "The date lies in the future.", (400,)),
    ProblemCode("out_of_range", "The number is too small, too large or has too many decimals.", (400,)),
    ProblemCode("empty_interval", "Nothing lies between the bounds.", (400,)),
    ProblemCode("unknown_code", "The vocabulary does not have this code.", (400,)),
    ProblemCode("unknown_attribute", "There is no such attribute here.", (400,)),
    ProblemCode("computed_attribute", "The attribute is computed and cannot be filed.", (400,)),
    ProblemCode("misplaced_attribute", "The attribute is a field of the need itself.", (400,)),
    ProblemCode("attested_fact", "The fact is attested by who holds it; a company cannot change or erase it.", (400,)),
    ProblemCode("unknown_source", "A fact's source is not declared, authorised or computed.", (400,)),
    ProblemCode("credit_code_length", "A credit code has 18 characters.", (400,)),
    ProblemCode("credit_code_character", "A character does not occur in credit codes.", (400,)),
    ProblemCode("credit_code_district", "The credit code's characters 3 to 8 are not all digits.", (400,)),
    ProblemCode("credit_code_check", "The credit code's check character is wrong and no proof is given.", (400,)),
    ProblemCode("not_a_node", "Rule: a condition or a group is wanted here.", (400,)),
    ProblemCode("not_a_list", "A list is wanted here.", (400,)),
    ProblemCode("empty_group", "Rule: a group without members.", (400,)),
    ProblemCode("empty_list", "Rule: a list without codes.", (400,)),
    ProblemCode("missing_key", "Rule: a condition lacks a key.", (400,)),
    ProblemCode("extra_key", "A key that does not belong there.", (400,)),
    ProblemCode("unknown_op", "Rule: there is no such operator.", (400,)),
    ProblemCode("wrong_op", "Rule: the operator does not suit the attribute.", (400,)),
    ProblemCode("wrong_unit", "Rule: the unit does not suit the attribute.", (400,)),
    ProblemCode("too_precise", "Rule: more decimals than the attribute has.", (400,)),
    ProblemCode("too_deep", "Rule: more than four groups within each other.", (400,)),
    ProblemCode("too_many_conditions", "Rule: more than 64 conditions.", (400,)),
    ProblemCode("too_complex", "Rule: it cannot be checked for contradictions; simplify it.", (400,)),
    ProblemCode("never_met", "Rule: nobody can meet it.", (400,)),
    ProblemCode("unknown_role", "Such an organisation does not have this role.", (400,)),
    ProblemCode("wrong_address", "This is no e-mail address.", (400,)),
    ProblemCode("wrong_username", "A user name has other characters than letters, digits and @.+-_.", (400,)),
    ProblemCode("weak_password", "The password is too short or too common.", (400,)),
    ProblemCode("unknown_paper", "There is no such kind of paper.", (400,)),
    ProblemCode("paper_unreadable", "The file is no whole PDF, JPEG or PNG, or no base64.", (400,)),
    ProblemCode("paper_too_large", "The file is larger than the city takes.", (400,)),
    ProblemCode("paper_missing", "A paper that is needed is not there yet.", (400,)),
    ProblemCode("unfit_successor", "The successor is no colleague whose role allows what is handed over.", (400,)),
    ProblemCode("consent_needed", "Institutions may read a company's data only with its consent.", (400,)),
    ProblemCode("nothing_chosen", "Choose at least one.", (400,)),
    ProblemCode("not_applicable", "The product cannot be applied for now.", (400,)),
    ProblemCode("not_eligible", "The need does not meet the product's conditions.", (400,)),
    ProblemCode("rate_above_product", "The rate exceeds that of the product when it was applied for.", (400,)),
    ProblemCode("more_than_needed", "More than the need asks for.", (400, 409)),
    ProblemCode("more_than_offered", "More than the offer that was chosen.", (400,)),
    ProblemCode("wrong_number", "One to four refusal codes are wanted.", (400,)),
    ProblemCode("mixed_codes", "A refusal and what is none do not go together.", (400,)),
    ProblemCode("not_at_the_gate", "Before due diligence only conditions of the product are a reason.", (400,)),
    ProblemCode("too_many", "More than the list takes.", (400,)),
    ProblemCode("too_large", "The file is too large.", (400,)),
    ProblemCode("unknown_file_type", "The file's content is of no kind that is taken.", (400,)),
    ProblemCode("not_base64", "The content of a file is not base64.", (400,)),
    ProblemCode("not_authenticated", "Sign in first.", (401,)),
    ProblemCode("authentication_failed", "The password or the token is wrong.", (401,)),
    ProblemCode("second_factor_required", "Show the second factor: send `code`, or sign in on the site.", (401, 403)),
    ProblemCode("permission_denied", "The caller's role does not allow this.", (403,)),
    ProblemCode("second_factor_missing", "The caller's organisation asks for one: set it up on the site.", (403,)),
    ProblemCode("four_eyes", "Somebody else of the institution has to do it: the caller took the step before.", (403,)),
    ProblemCode("not_found", "Nothing here that the caller may see.", (404,)),
    ProblemCode("method_not_allowed", "The address does not take this method.", (405,)),
    ProblemCode("not_acceptable", "The answer is JSON, which `Accept` rules out.", (406,)),
    ProblemCode("wrong_state", "The thing is in another state, for example closed.", (409,)),
    ProblemCode("duplicate_need", "The company has another need that looks the same: close that one first.", (409,)),
    ProblemCode("version_conflict", "It was changed since it was read: read it again.", (409, 412)),
    ProblemCode("broken_rule", "The product's stored rule cannot be read; correct it.", (409,)),
    ProblemCode("company_exists", "The organisation has filed its company already.", (409,)),
    ProblemCode("credit_code_taken", "A company with this credit code is filed already.", (409,)),
    ProblemCode("username_taken", "The user name is in use already.", (409,)),
    ProblemCode("email_taken", "Somebody signs in with this e-mail address already.", (409,)),
    ProblemCode("company_missing", "File the company first.", (409,)),
    ProblemCode("already_verified", "The organisation is verified already.", (409,)),
    ProblemCode("too_many_papers", "The request holds as many papers as it can.", (409,)),
    ProblemCode("changed_meanwhile", "The company's name or code is no longer the one that was handed in.", (409,)),
    ProblemCode("last_administrator", "Nobody would be left who may manage the members.", (409,)),
    ProblemCode("successor_needed", "There is open work: name a successor.", (409,)),
    ProblemCode("product_taken", "The institution has a product of this code already.", (409,)),
    ProblemCode("consent_changed", "The consent's text has changed: read it again.", (409,)),
    ProblemCode("already_applied", "The need has a live case with this product.", (409,)),
    ProblemCode("too_many_cases", "The need has as many live cases as it may have.", (409,)),
    ProblemCode("offer_gone", "The offer stands no longer: read the offers again.", (409,)),
    ProblemCode("contract_taken", "The institution has a contract of this number.", (409,)),
    ProblemCode("over_limit", "The credit line has less left.", (409,)),
    ProblemCode("over_drawn", "More than what is drawn.", (409,)),
    ProblemCode("reference_taken", "The reference number stands for another booking of the institution.", (409,)),
    ProblemCode("reversed_already", "The booking was taken back before.", (409,)),
    ProblemCode("still_owed", "Not all is repaid.", (409,)),
    ProblemCode("body_too_large", "The body is larger than the site takes (2.5 MB).", (413,)),
    ProblemCode("unsupported_media_type", "The body is not sent as `application/json`.", (415,)),
    ProblemCode("idempotency_key_reused", "The idempotency key was used for another request.", (422,)),
    ProblemCode("if_match_required", "`If-Match` is missing.", (428,)),
    ProblemCode("throttled", "Too many tries; wait as `Retry-After` says.", (429,)),
    ProblemCode("search_unavailable", "No search engine answers at the moment.", (503,)),
    ProblemCode("index_missing", "The search index is not built yet.", (503,)),
    ProblemCode("pack_missing", "No city pack is loaded.", (503,)),
    # Beside a field alone:
    ProblemCode("null", "The field may not be null."),
    ProblemCode("blank", "The text may not be empty."),
    ProblemCode("empty", "The list may not be empty."),
    ProblemCode("invalid", "The value cannot be read as what the field holds."),
    ProblemCode("invalid_choice", "The field does not have this value."),
    ProblemCode("max_length", "Too long."),
    ProblemCode("min_length", "Too short."),
    ProblemCode("max_value", "Too large."),
    ProblemCode("min_value", "Too small."),
    ProblemCode("max_digits", "Too many digits."),
    ProblemCode("max_decimal_places", "Too many decimals."),
    ProblemCode("max_whole_digits", "Too many digits before the point."),
    ProblemCode("max_string_length", "The text of the number is too long."),
    ProblemCode("not_a_dict", "An object is wanted here."),
    ProblemCode("not_a_mapping", "An object of attribute keys and values is wanted here."),
    ProblemCode("datetime", "A date is wanted, without a time."),
)

CODES = tuple(problem.code for problem in PROBLEMS)
PROBLEM_CODES = tuple(problem.code for problem in PROBLEMS if problem.statuses)


def table(problems: Iterable[ProblemCode] = PROBLEMS) -> str:
    """The table of docs/reference/api.md."""
    rows = ["| code | status | meaning |", "| --- | --- | --- |"]
    for problem in problems:
        statuses = ", ".join(map(str, problem.statuses)) or "beside a field"
        rows.append(f"| `{problem.code}` | {statuses} | {problem.meaning} |")
    return "\n".join(rows) + "\n"
