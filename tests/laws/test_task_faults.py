"""The laws of tasks bite: each catches the faults that it is there for."""

import pytest
from judged_apart import missed
from task_faults import chances, leaks, scores, seeds, sizes, splits

from regard.data.checking import TaskSubject
from regard.data.laws import TASK_LAWS

FAULTS = {
    "augmentation": (sizes.augmented_in_place, sizes.augmented_by_global_chance),
    "chance": (
        chances.chance_over_keys_and_values,
        chances.chance_of_one_digit,
        chances.chance_a_little_too_high,
        chances.no_chance,
    ),
    "disjoint_inputs": (splits.rows_in_two_splits_under_other_names, splits.trained_on_what_lies_beyond),
    "disjoint_problems": (
        splits.swapped_operands_in_another_split,
        splits.tested_on_training_data,
        splits.trained_on_what_lies_beyond,
        splits.tested_twice,
    ),
    "fed_back": (scores.fed_back_one_place_early, scores.questions_fed_back),
    "fitting_samples": (sizes.one_position_too_many, sizes.classes_from_one),
    "further_chances": (chances.a_set_without_a_chance, chances.chance_of_a_detail_too_low),
    "ignored_positions": (scores.every_position_counts,),
    "look_ups": (
        leaks.not_shifted,
        leaks.slots_not_emptied,
        leaks.answers_instead_of_queries,
        leaks.class_in_a_pixel,
        leaks.length_gives_the_class,
        leaks.count_gives_the_class,
        leaks.mostly_in_a_token,
        leaks.declared_far_too_high,
    ),
    "other_seed": (seeds.a_seed_without_effect,),
    "problem_names": (sizes.named_by_place, sizes.named_by_target),
    "rule": (chances.rule_that_reads_the_targets, chances.rule_that_only_adds),
    "same_options": (seeds.samples_drawn_anew, seeds.a_split_drawn_anew),
    "score_independence": (scores.scored_against_the_best,),
    "score_range": (scores.half_for_nothing, scores.scored_one_position_late),
    "shown_samples": (sizes.shown_without_target, sizes.shown_on_two_lines),
}


@pytest.mark.parametrize("law", TASK_LAWS.names())
def test_a_law_catches_each_of_its_planted_faults(law):
    assert missed(TASK_LAWS, law, [TaskSubject(plant) for plant in FAULTS[law]]) == []
