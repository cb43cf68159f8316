#!/bin/sh
# The study of training without gradients: every command, in order. The first argument is the folder of results;
# a folder for each task is made in it. Interrupted, the same command goes on where it was.
#   sh scripts/derivative_free_study.sh out/study            everything: days on two cores
#   SIZE=small TASKS="parity tomita4" BUDGET=1000 WORKERS=1 sh scripts/derivative_free_study.sh out/study
# SIZE=small: 8 features and some 120 training samples, for minutes on one core.
set -eu
out=$1
optimizers=${OPTIMIZERS:-adamw,sgd,pattern_search}
common="recipe=study optimizer=$optimizers budget=${BUDGET:-20000} seeds=${SEEDS:-5}"
if [ "${SIZE:-study}" = small ]; then
  common="$common model.features=8 model.hidden=16"
  drawn="task.samples=120 task.held_out=100"
fi

for name in ${TASKS:-parity parity_scratchpad s3 s3_scratchpad tomita1 tomita2 tomita3 tomita4 tomita5 tomita6 tomita7 dyck1 set scan sort count modular addition width}; do
  case $name in
    parity) task="state_tracking ${drawn:-}" ;;
    parity_scratchpad) task="state_tracking_scratchpad ${drawn:-}" ;;
    s3) task="state_tracking task.group=S3 task.longest=6 ${drawn:-}" ;;
    s3_scratchpad) task="state_tracking_scratchpad task.group=S3 task.longest=6 ${drawn:-}" ;;
    tomita*|dyck1) task="membership task.language=$name ${drawn:-}" ;;
    set) task="set_membership ${drawn:-}" ;;
    sort) task="sort ${drawn:-}" ;;
    modular) task="modular_arithmetic${drawn:+ task.modulus=13 task.share=0.7 training.batch=128}" ;;
    addition) task="arithmetic${drawn:+ task.samples=1000}" ;;
    width) task="membership ${drawn:-} model.features=8,16,32,64" ;;
    *) task=$name ;;
  esac
  # the words of a task are its arguments
  # shellcheck disable=SC2086
  ${REGARD:-regard} compare-optimizers $common task=$task --workers "${WORKERS:-2}" --out "$out/$name"
done
