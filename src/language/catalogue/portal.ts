import { bothLanguages } from './both-languages.ts';

// The portal's screens and servers.
export const portalMessages = bothLanguages(
  {
    'portal.nav.patients': 'Patients',
    'portal.nav.day-sheet': 'Day Sheet',
    'portal.actions': 'Actions',
    'portal.actions.synchronize': 'Synchronize Appointments',
    'portal.reminders': 'Patient Reminders',
    'portal.save-for-ocean': 'Save for Ocean',
  },
  {
    'portal.nav.patients': 'Patients',
    'portal.nav.day-sheet': 'Feuille du jour',
    'portal.actions': 'Actions',
    'portal.actions.synchronize': 'Synchroniser les rendez-vous',
    'portal.reminders': 'Rappels aux patients',
    'portal.save-for-ocean': 'Enregistrer pour Ocean',
  },
);
