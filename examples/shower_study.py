"""The shower study: occupational therapy for people who apply for help with showering.

Zingmark & Bernspång (2011), as on the slides: 25 people met an occupational therapist, 25 in
another municipality did not. After three months 34 against 75 % were granted home help, and the
cost was 41 012 against 141 540 kronor. How much of that is fewer users, and how much less for each?

    python examples/shower_study.py
"""

from __future__ import annotations

import kohort as kh

PERSONS = 25
THERAPY, AIDS, HOME_HELP = 20_580, 5_732, 14_700  # printed, kronor for the group in three months
USUAL_HOME_HELP = 141_540
GRANTED, USUALLY_GRANTED = 0.34, 0.75


def main() -> dict[str, float]:
    """Print the decomposition, and give its figures."""
    cost = THERAPY + AIDS + HOME_HELP
    split = kh.split_difference(
        before=(PERSONS, USUALLY_GRANTED, USUAL_HOME_HELP), after=(PERSONS, GRANTED, HOME_HELP)
    )
    saving = (USUAL_HOME_HELP - cost) / PERSONS
    print(f"Cost of 25 people in three months: {cost:,} against {USUAL_HOME_HELP:,} kronor,")
    print(f"  {cost / PERSONS:,.0f} against {USUAL_HOME_HELP / PERSONS:,.0f} a person:", end=" ")
    print(f"{saving:,.0f} saved, therapy and aids paid.")
    print(f"Granted home help: {GRANTED:.0%} against {USUALLY_GRANTED:.0%},", end=" ")
    print(f"risk ratio {split['share_ratio']:.3f}, one in {split['needed_to_treat']:.1f} spared.")
    print(f"Home help for each who has it: {split['each_after'] / 3:,.0f} against", end=" ")
    print(f"{split['each_before'] / 3:,.0f} kronor a month, ratio {split['each_ratio']:.2f}.")
    print(f"Cost of home help: ratio {split['cost_ratio']:.3f}.", end=" ")
    print(f"{split['log_part_of_users']:.0%} of its logarithm is fewer users,")
    print(f"the rest less for each: {split['saved_by_fewer']:,.0f} and", end=" ")
    print(f"{split['saved_by_less_each']:,.0f} kronor a person.")
    print("Quasi-experimental, small, three months only. 34 % of 25 is no whole number: the shares")
    print("come from a larger group than the costs. (20 580 + 5 732) / 25 is 1 052, not the 1 300")
    print("kronor a person that the slide also prints.")
    return {"cost": cost, "usual_cost": USUAL_HOME_HELP, "saving": saving, **split}


if __name__ == "__main__":
    main()
